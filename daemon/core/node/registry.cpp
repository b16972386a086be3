#include "daemon/core/node/registry.hpp"

#include <algorithm>

#include "daemon/core/contract.hpp"

namespace berkeley {
namespace {

bool is_open(const Invitation& invitation, SteadyTime now) {
    return !invitation.used_by && now < invitation.expires;
}

}  // namespace

void Registry::load(std::optional<SavedTrust> saved) {
    readable_ = saved.has_value();
    content_ = readable_ ? *std::move(saved) : SavedTrust{};
}

bool Registry::has_room_to_invite(SteadyTime now) const {
    const auto& all = content_.invitations;
    const auto open = std::ranges::count_if(
        all, [now](const Invitation& invitation) { return is_open(invitation, now); });
    const bool some_over = std::ranges::any_of(
        all, [now](const Invitation& invitation) { return now >= invitation.expires; });
    return static_cast<std::size_t>(open) < kMostOpen &&
           (all.size() < kMostInvitations || some_over);
}

void Registry::invite(const Invitation& invitation, SteadyTime now) {
    ensure(has_room_to_invite(now), "more invitations than are remembered");
    auto& all = content_.invitations;
    if (all.size() >= kMostInvitations) {
        all.erase(std::ranges::find_if(
            all, [now](const Invitation& each) { return now >= each.expires; }));
    }
    all.push_back(invitation);
}

const Invitation* Registry::find(InvitationId id) const {
    const auto found = std::ranges::find(content_.invitations, id, &Invitation::id);
    return found == content_.invitations.end() ? nullptr : &*found;
}

EnrolOutcome Registry::judge(const Enrol& enrol, SteadyTime now) const {
    if (!readable_)
        return EnrolOutcome::refused;
    const Invitation* invitation = find(enrol.invitation);
    if (invitation == nullptr)
        return EnrolOutcome::unknown;
    const auto& user = invitation->used_by;
    const bool same = user && user->name == enrol.name && user->certificate.key == enrol.key;
    if (user && !same)
        return EnrolOutcome::used;
    if (now >= invitation->expires)
        return EnrolOutcome::expired;
    if (content_.revocations.contains(enrol.key))
        return EnrolOutcome::refused;
    return same ? EnrolOutcome::admitted : judge_newcomer(enrol);
}

EnrolOutcome Registry::judge_newcomer(const Enrol& enrol) const {
    const Certificate* namesake = certificate_of(enrol.name.view());
    if (namesake != nullptr && namesake->key != enrol.key)
        return EnrolOutcome::name_taken;
    const bool two_names = namesake == nullptr && name_of(enrol.key) != nullptr;
    const bool full = namesake == nullptr && content_.enrolled.size() >= most_enrolled_;
    return two_names || full ? EnrolOutcome::refused : EnrolOutcome::admitted;
}

Registry::Undo Registry::enrol(InvitationId by, const Enrolled& node) {
    const auto invitation = std::ranges::find(content_.invitations, by, &Invitation::id);
    ensure(invitation != content_.invitations.end() && !invitation->used_by,
           "a node enrolled by no invitation");
    invitation->used_by = node;
    Undo undo;
    undo.aspires = invitation->candidate && std::ranges::count(content_.aspirants, node.name) == 0;
    if (undo.aspires)
        content_.aspirants.push_back(node.name);
    if (const Certificate* namesake = certificate_of(node.name.view()))
        undo.before = *namesake;
    content_.enrolled.insert_or_assign(std::string(node.name.view()), node.certificate);
    return undo;
}

void Registry::take_back(InvitationId by, const Undo& undo) {
    const auto invitation = std::ranges::find(content_.invitations, by, &Invitation::id);
    if (invitation == content_.invitations.end() || !invitation->used_by ||
        content_.revocations.contains(invitation->used_by->certificate.key))
        return;
    const auto enrolled = content_.enrolled.find(invitation->used_by->name.view());
    if (enrolled != content_.enrolled.end() &&
        enrolled->second == invitation->used_by->certificate) {
        if (undo.before)
            enrolled->second = *undo.before;
        else
            content_.enrolled.erase(enrolled);
    }
    if (undo.aspires)
        no_aspirant(invitation->used_by->name);
    keep_enrolled_aspirants();
    invitation->used_by.reset();
}

void Registry::keep_enrolled_aspirants() {
    std::erase_if(content_.aspirants,
                  [this](const NodeName& each) { return certificate_of(each.view()) == nullptr; });
}

void Registry::no_aspirant(const NodeName& name) {
    std::erase(content_.aspirants, name);
}

const std::string* Registry::name_of(const PublicKey& key) const {
    const auto found = std::ranges::find_if(
        content_.enrolled, [&key](const auto& entry) { return entry.second.key == key; });
    return found == content_.enrolled.end() ? nullptr : &found->first;
}

const Certificate* Registry::certificate_of(std::string_view name) const {
    const auto found = content_.enrolled.find(name);
    return found == content_.enrolled.end() ? nullptr : &found->second;
}

Revocations::Added Registry::revoke(const Revocation& revocation) {
    const auto added = content_.revocations.add(revocation);
    if (added == Revocations::Added::yes) {
        std::erase_if(content_.enrolled, [&revocation](const auto& entry) {
            return entry.second.key == revocation.key;
        });
        keep_enrolled_aspirants();
    }
    return added;
}

}  // namespace berkeley
