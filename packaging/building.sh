# What packaging/build-deb and packaging/build-rpm share; they source it. Who does has set `me` and is
# in the root of the tree.

fail() {
  echo "$me: $*" >&2
  exit 1
}

# $@: the script's arguments. There are none but --help, which prints the head of the script.
take_no_arguments() {
  case "${1-}" in
    '') ;;
    --help | -h) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "packaging/$me"; exit 0 ;;
    *) echo "$me: no argument '$1': see packaging/$me --help" >&2; exit 2 ;;
  esac
  [[ ${SOURCE_DATE_EPOCH-0} =~ ^[0-9]+$ ]] ||
    fail "SOURCE_DATE_EPOCH is '$SOURCE_DATE_EPOCH', not a number of seconds since 1970"
}

# Sets `project`, the version that is packaged. $1: that which FILE $2 is about.
agree_on_version() {
  project=$(sed -n 's/^project(berkeleyd VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  [[ $1 == "$project" ]] ||
    fail "$2 is about $1, CMakeLists.txt about $project: make them agree"
}

# Sets `work`, a temporary folder that goes with the script.
make_work_folder() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/berkeleyd-${me#build-}.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# The tree, but for what is built and git's own, as a tar archive of the folder berkeleyd-VERSION.
# With one date for all: when they were checked out is nothing to a package.
pack_source() {
  tar -c --exclude=./build --exclude=./.git --exclude=./.cache --mtime="@$SOURCE_DATE_EPOCH" \
    --sort=name --owner=root:0 --group=root:0 --transform="s,^\.,berkeleyd-$project," .
}

# In a network of its own, without any interface, where that is allowed. What it says goes to a log,
# whose end is shown if it fails.
build_apart() {
  local way cut_off=()
  for way in "unshare --net" "unshare --map-current-user --net"; do
    if $way true 2>/dev/null; then
      read -ra cut_off <<<"$way"
      break
    fi
  done
  if ! "${cut_off[@]}" "$@" >"$work/log" 2>&1; then
    tail -n 20 "$work/log" | cut -c 1-400 >&2
    fail "$1 failed; its last words are above."
  fi
}

# Each whole, or not at all.
publish() {
  local file
  mkdir -p build/packages
  for file in "$@"; do
    cp "$file" build/packages/.new
    mv build/packages/.new "build/packages/${file##*/}"
    echo "build/packages/${file##*/}"
  done
}
