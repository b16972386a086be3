#include "daemon/control/interface.hpp"

namespace berkeley {
namespace {

// As given by varlink.org, "Service".
constexpr std::string_view kServiceDescription =
    R"(# The Varlink Service Interface is provided by every varlink service. It
# describes the service and the interfaces it implements.
interface org.varlink.service

# Get a list of all the interfaces a service provides and information
# about the implementation.
method GetInfo() -> (
  vendor: string,
  product: string,
  version: string,
  url: string,
  interfaces: []string
)

# Get the description of an interface that is implemented by this service.
method GetInterfaceDescription(interface: string) -> (description: string)

# The requested interface was not found.
error InterfaceNotFound (interface: string)

# The requested method was not found
error MethodNotFound (method: string)

# The interface defines the requested method, but the service does not
# implement it.
error MethodNotImplemented (method: string)

# One of the passed parameters is invalid.
error InvalidParameter (parameter: string)

# Client is denied access
error PermissionDenied ()

# Method is expected to be called with 'more' set to true, but wasn't
error ExpectedMore ()
)";

constexpr std::string_view kControlDescription =
    R"(# What one berkeleyd knows of its clock and of the cluster.
#
# Offsets are that node's system clock minus cluster time. A bound is a guarantee, an uncertainty
# is statistical (one sigma). Frequencies are of the raw clock (CLOCK_MONOTONIC_RAW), positive when
# it is fast. Names that end in _ns are nanoseconds, in _ppb parts per thousand million. What is not
# known is null.
interface org.berkeleyd.Control

type Role (master, member)

type State (starting, synchronizing, synchronized, holdover, refusing)

type Clock (system, simulated, observe, reference)

type Timescale (ensemble, reference)

type Leap (insertion, deletion)

type MemberState (joining, trusted, excluded, silent, left)

type MoveWay (slew, step)

# A move of cluster time that is to come: all nodes have it later by by_ns (earlier, if that is
# negative) from the instant at_ns on, in nanoseconds since 1970 as cluster time is counted until
# then, and begin that epoch. in_ns: until then; null where there is no cluster time.
# way: how the clocks follow. decided: it happens, and cannot be called off any more.
# accepted: by this node; one that does not goes on by the cluster time before, and tells why.
# known_by, refused_by: on the master, how many of the other members know of it, and how many of
# these do not accept it; else 0.
type PendingMove (
  at_ns: int,
  in_ns: ?int,
  by_ns: int,
  epoch: int,
  way: MoveWay,
  decided: bool,
  accepted: bool,
  known_by: int,
  refused_by: int
)

# reason: in words, what is wrong; null if all is well. advice: what to do; null if nothing.
# members_total, members_counted: nodes of the cluster, the master included, and those of them
# whose clocks count in the average. members_expected: voting clocks, of which a majority must
# agree for cluster time to be formed; null if not told yet.
# master_unheard_ns: since the master was heard; null on itself and before.
# holdover_ns: since the last correction; null unless in holdover. bound_growth_ppb: how fast the
# bound grows while no correction comes, 1 ppb being 1 ns each second.
# settling_ns: how long the slew under way still takes, about.
# timescale: what cluster time follows: the clocks of the nodes, or outside time. references,
# references_believed: nodes that are granted to bring outside time, and those of them that are
# believed. reference_offset_ns: their time minus cluster time; null if none is.
# leap, leap_s: a leap second that is announced, and the UTC midnight, in seconds since 1970, before
# which it comes; null if none is. tai_offset_s: TAI minus UTC, if references tell it.
# roster, candidates: the serial of the roster that this node goes by, and its candidates' names, by
# rank. notes: in words, what is under way and no trouble.
type NodeStatus (
  role: Role,
  state: State,
  cluster: string,
  node: string,
  master: ?string,
  term: int,
  epoch: int,
  offset_ns: ?int,
  bound_ns: ?int,
  frequency_ppb: ?int,
  clock: Clock,
  reason: ?string,
  members_total: int,
  members_counted: int,
  members_expected: ?int,
  advice: ?string,
  master_address: ?string,
  master_unheard_ns: ?int,
  holdover_ns: ?int,
  bound_growth_ppb: ?int,
  settling_ns: ?int,
  timescale: Timescale,
  references: int,
  references_believed: int,
  reference_offset_ns: ?int,
  leap: ?Leap,
  leap_s: ?int,
  tai_offset_s: ?int,
  roster: int,
  candidates: []string,
  notes: []string,
  move: ?PendingMove
)

# address: where its datagrams come from; null for the node itself.
# delay_ns: the least round trip seen.
# counted: null where it is not known: on a member that does not hear its master.
# reason: in words, why the clock is not counted; null if it is.
# reference: of a node that brings outside time, whether it is believed; null of others.
# reference_reason: in words, why it is not; null if it is.
type MemberStatus (
  name: string,
  address: ?string,
  state: MemberState,
  offset_ns: ?int,
  uncertainty_ns: ?int,
  bound_ns: ?int,
  delay_ns: ?int,
  frequency_ppb: ?int,
  counted: ?bool,
  reason: ?string,
  reference: ?bool,
  reference_reason: ?string
)

# Datagrams thrown away, by the reason. no_certificate, over_limit, not_admitted: of strangers that
# asked to come in; over_limit: more than are looked at in a second.
type Dropped (
  wrong_size: int,
  not_ours: int,
  not_authentic: int,
  unknown_sender: int,
  malformed: int,
  replayed: int,
  stale_term: int,
  table_full: int,
  no_certificate: int,
  over_limit: int,
  not_admitted: int
)

# Counters since the daemon's start, and the clocks in one reading.
# slew_left_ns: still to be added to the system clock by the kernel.
# kernel_frequency_ppb, kernel_tick_us: as adjtimex(2) has them, 2^-16 ppm made ppb.
# system_ns, raw_ns: the clocks this node works on. host_raw_ns: the machine's own
# CLOCK_MONOTONIC_RAW at the same reading, also where the clocks are simulated.
type NodeTracking (
  datagrams_sent: int,
  datagrams_received: int,
  dropped: Dropped,
  kernel_stamps: int,
  program_stamps: int,
  corrections: int,
  corrections_refused: int,
  steps: int,
  foreign_sets: int,
  raw_breaks: int,
  correction_age_ns: ?int,
  poll_interval_ns: ?int,
  slew_left_ns: ?int,
  kernel_frequency_ppb: int,
  kernel_tick_us: int,
  system_ns: int,
  raw_ns: int,
  host_raw_ns: int
)

type LogLevel (error, warning, notice, info)

# id: names the invitation, and is no secret. votes: the clock of who comes by it may count in the
# average. candidate: it is to be a candidate. expires_s: in so many seconds. used_by: the node
# that came by it; null while none did.
type Invitation (
  id: string,
  votes: bool,
  candidate: bool,
  expires_s: int,
  used_by: ?string
)

# A node that was let in by this candidate. key: its public key, as text. revoked: it belongs to the
# cluster no more.
type EnrolledNode (
  node: string,
  key: string,
  votes: bool,
  revoked: bool
)

# A node that may be master. address: HOST:PORT, as this node reaches it. key: its public key, as
# text. holds: the serial of the roster of candidates that it holds, as it was last heard; null if
# it was not.
type Candidate (
  node: string,
  address: string,
  key: string,
  holds: ?int
)

# what: in words, the change that an operator wants. signatures: of candidates, so far; needed: for
# a majority, the master's own included, which comes last. waits_for: sentences, who has not signed
# and why.
type ProposedRoster (
  what: string,
  signatures: int,
  needed: int,
  waits_for: []string
)

# The latest roster of candidates that this node holds, by rank. serial: 0 is the first one; each
# change makes the next. in_force: this node goes by it already. proposed: on the master; null if
# nothing is. awaited: sentences, who came in to be a candidate and is not one yet, and why.
# outcome: in words, why the last proposal came to nothing; null if it did not. note: in words,
# where the configuration has other candidates, and which hold; null if it has the same.
type Roster (
  serial: int,
  in_force: bool,
  nodes: []Candidate,
  proposed: ?ProposedRoster,
  awaited: []string,
  outcome: ?string,
  note: ?string
)

# This node: its part, its state, how far off its clock is and how sure that is.
method Status() -> (status: NodeStatus)

# All members on the master; on a member, itself and the master, as far as the master tells.
method Members() -> (members: []MemberStatus)

# What the daemon did so far, and the clocks.
method Tracking() -> (tracking: NodeTracking)

# Status and members again and again, until the client closes. Needs "more".
# interval_ms: 50 to 60000, default 1000.
method Watch(interval_ms: ?int) -> (status: NodeStatus, members: []MemberStatus)

# Invitations that have not expired. Only candidates have any.
method Invitations() -> (invitations: []Invitation)

# The nodes that this candidate has let in.
method Enrolled() -> (nodes: []EnrolledNode)

# Who the candidates are.
method Candidates() -> (candidates: Roster)

# The methods below change what the daemon does. They are for root, the daemon's own user and the
# members of the group berkeleyd; others get org.varlink.service.PermissionDenied.

# Measure now: the master polls all members, a member asks its master for a poll.
# nodes: how many are asked.
method Poll() -> (nodes: int)

# Put this node's clock on cluster time by one step, now, rather than by slewing.
# stepped_ns: by how much.
method Step() -> (stepped_ns: int)

# Move cluster time, on all nodes at one instant some 10 s ahead: to a time as it is now, in
# nanoseconds since 1970, or by an amount; one of the two. A new epoch begins. Only on the master,
# and not while another move is to come. way: how the clocks follow; null: slewed if it is no more
# than step_threshold, else stepped. by_ns 0 with way step puts those clocks on cluster time that
# are still being slewed. dry_run: only tell. settling_ns: how long the clocks take to follow,
# about. warnings: sentences.
method SetTime(to_ns: ?int, by_ns: ?int, way: ?MoveWay, dry_run: ?bool) -> (
  at_ns: int,
  in_ns: int,
  by_ns: int,
  epoch: int,
  way: MoveWay,
  settling_ns: int,
  warnings: []string
)

# Call off the move that is to come. Only on the master, and not once it is decided, 5 s before.
method RecallMove() -> ()

# Form cluster time with the clocks that are here, where they are less than a majority of those that
# are expected. Only on the master, and only while there is no cluster time. formed: it is there
# now; else within seconds. clocks: in words, which are here and which are missing.
method Form() -> (formed: bool, clocks: string)

# Have another candidate lead: that node, or whoever suits best. Only on the master. master: who is
# to lead now.
method Handover(node: ?string) -> (master: string)

# Read the configuration again, as SIGHUP does. taken_over, needs_restart: keys that changed.
method Reload() -> (taken_over: []string, needs_restart: []string)

# Write what matters as much as that or more to the log, until the next reload or restart.
method SetLogLevel(level: LogLevel) -> ()

# Let one new node in: whoever shows the token first, by berkeleyctl join, within expires_s seconds
# (1 to 604800, default 3600) and before this machine is rebooted. Only on a candidate. votes: its
# clock may count in the average; default true. candidate: it is to be a candidate, as soon as a
# second one is; only on the only candidate, and with votes; default false.
method Invite(votes: ?bool, candidate: ?bool, expires_s: ?int) -> (token: string, expires_s: int)

# End a node's membership for good, by its name or by its public key: its clock is corrected no more
# and its key is refused ever after. Only on a candidate.
method Revoke(node: ?string, key: ?string) -> (node: string, key: string)

# Make a member a candidate, reached at host and port (null: as the master reaches it), as soon as a
# majority of the candidates has signed that: Candidates tells. Only on the master. serial: of the
# roster that comes of it.
method Promote(node: string, host: ?string, port: ?int) -> (serial: int)

# Likewise, make a candidate one no more. distrust: what it certified holds no more, either, and
# who came in by that is no member any more; not possible if there are such members, unless with
# force. Both default to false. A candidate retired before may be distrusted later.
method Retire(node: string, distrust: ?bool, force: ?bool) -> (serial: int)

# reason: in words, why, and what to do.
error NotPossible (reason: string)

# Nothing is changed. errors: sentences, with file, line and column where they have a place.
error InvalidConfiguration (errors: []string)
)";

}  // namespace

std::string_view service_description() {
    return kServiceDescription;
}
std::string_view control_description() {
    return kControlDescription;
}
std::string_view program_version() {
    return BERKELEYD_VERSION;
}

}  // namespace berkeley
