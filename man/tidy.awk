# What scdoc writes, as mandoc's lint likes it: the title in capitals, no paragraph begun where one
# begins anyhow, no line of text beyond 80 bytes. Nothing else changes for the reader.

# In bytes, as mandoc counts: what is not ASCII is "\[u00B1]" to it. Run with LC_ALL=C.
function width(text) { return length(text) + 7 * gsub(/[\300-\377]/, "&", text) }

# At blanks, but not before what would be a request at the beginning of a line.
function fold(text,    line, count, words, i, word) {
    if (width(text) <= 80 || text ~ /^[.']/ || literal || table) {
        print text
        return
    }
    count = split(text, words, " ")
    line = ""
    for (i = 1; i <= count; i++) {
        word = words[i]
        while (i < count && words[i + 1] ~ /^[.']/)
            word = word " " words[++i]
        if (line != "" && width(line) + 1 + width(word) > 80) {
            print line
            line = word
        } else
            line = line (line == "" ? "" : " ") word
    }
    print line
}

{ lines[NR] = $0 }

END {
    for (i = 1; i <= NR; i++) {
        line = lines[i]
        if (line ~ /^\.TH /) {
            split(line, part, "\"")
            sub(part[2], toupper(part[2]), line)
        }
        # An item's last paragraph is one behind the item: the blank line between two of them.
        if (line == ".P" && lines[i + 1] == ".RE") {
            lines[i] = ".RE"
            lines[i + 1] = ".P"
            line = ".RE"
        }
        if (line == ".P" && (i == NR || lines[i + 1] ~ /^\.(SH|SS|P|RE)( |$)/ ||
            last ~ /^\.(TH|SH|SS)( |$)/))
            continue
        if (line == ".nf") literal = 1
        if (line == ".fi") literal = 0
        if (line ~ /^\.TS/) table = 1
        if (line ~ /^\.TE/) table = 0
        fold(line)
        last = line
    }
}
