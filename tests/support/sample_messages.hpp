// One message of every kind with all fields set and all different, and a comparison field by field:
// not by the codec's own description of the fields, which is what is being tested.
#pragma once

#include <vector>

#include "daemon/core/wire/codec.hpp"

namespace berkeley::test {

Header sample_header();
Join sample_join();    // with a certificate
Poll sample_poll();    // with a correction
Reply sample_reply();  // with a claim, of a candidate
Leave sample_leave();
Retry sample_retry();
Refusal sample_refusal();
Enrol sample_enrol();
Admission sample_admission();  // with a certificate
VoteWanted sample_vote_wanted();
VoteAnswer sample_vote_answer();
Release sample_release();
Direction sample_direction();
Inquiry sample_inquiry();  // with a certificate
RevocationNews sample_revocation_news();
Sighting sample_sighting();       // of one that is told
RosterAsk sample_roster_ask();    // with a certificate
RosterPart sample_roster_part();  // of a proposal
RosterSay sample_roster_say();    // with another change, and a signature

// One of each kind, and those with optional parts also without them.
std::vector<Message> sample_messages();

bool same(const Header& a, const Header& b);
// Rates to the wire's resolution, 1e-18, and that of a double.
bool same(const Message& a, const Message& b);

}  // namespace berkeley::test
