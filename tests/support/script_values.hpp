// Values as a script of bytes chooses them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/node/event.hpp"
#include "daemon/core/node/node.hpp"
#include "daemon/core/node/settings.hpp"
#include "daemon/core/steer/kernel_clock.hpp"
#include "daemon/core/wire/messages.hpp"
#include "tests/support/byte_script.hpp"

namespace berkeley::test {

NodeSettings any_settings(ByteScript& script, const std::string& self);

// Something is wrong with it, for a node of that name, or it grants no vote.
std::optional<Certificate> any_certificate(ByteScript& script, std::string_view name,
                                           std::string_view another);

Bulletin any_bulletin(ByteScript& script);

// What the kernel would refuse, or nobody may tell it.
std::optional<std::string> fault_of(const KernelAdjustment& adjustment);

Move any_move(ByteScript& script, std::uint64_t term, std::uint64_t epoch);

// What an operator, or the disk that keeps what he wants, may say.
Event any_operators_word(ByteScript& script, const Moment& now, const KernelReading& kernel,
                         const SavedState& saved);

// All that a node tells, for its contracts.
void ask_everything(const Node& node, const Moment& now);

// As another program may leave it.
void change(KernelReading& kernel, ByteScript& script);

// With some fields that are anything that the codec lets through.
Join bent(Join join, ByteScript& script);
Reply bent(Reply reply, ByteScript& script);
Poll bent(Poll poll, ByteScript& script);  // with a correction

// Of another candidate: a question, or an answer to ours of that session.
Message any_witness_word(ByteScript& script, std::string_view name, Session inquired,
                         const Moment& now);

Message any_election_message(ByteScript& script, NodeId self, Session session);

}  // namespace berkeley::test
