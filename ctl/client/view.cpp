#include "ctl/client/view.hpp"

#include <boost/json.hpp>

#include "daemon/config/wording.hpp"

namespace berkeley::ctl {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestText = 1000;  // bytes, of one field on the screen

std::optional<std::int64_t> number(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

std::optional<std::string> text(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string())
        return std::nullopt;
    return printable(std::string_view(value->get_string()), kLongestText);
}

const json::object* inner(const json::object& parameters, std::string_view key) {
    const json::value* value = parameters.if_contains(key);
    return value != nullptr ? value->if_object() : nullptr;
}

std::optional<bool> truth(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

// The objects of an array, each as it is seen.
template <class View>
std::vector<View> views(const json::object& parameters, std::string_view key,
                        View (*view)(const json::object&)) {
    std::vector<View> all;
    const json::value* array = parameters.if_contains(key);
    if (array == nullptr || !array->is_array())
        return all;
    for (const json::value& each : array->get_array()) {
        if (const json::object* object = each.if_object())
            all.push_back(view(*object));
    }
    return all;
}

InvitationView invitation_view(const json::object& object) {
    return {text(object, "id").value_or("?"), truth(object, "votes"), truth(object, "candidate"),
            number(object, "expires_s"), text(object, "used_by")};
}

EnrolledView enrolled_view_of(const json::object& object) {
    return {text(object, "node").value_or("?"), text(object, "key").value_or("?"),
            truth(object, "votes"), truth(object, "revoked").value_or(false)};
}

MoveView move_view(const json::object& object) {
    MoveView view;
    view.at_ns = number(object, "at_ns");
    view.in_ns = number(object, "in_ns");
    view.by_ns = number(object, "by_ns");
    view.way = text(object, "way").value_or("");
    view.decided = truth(object, "decided").value_or(false);
    view.accepted = truth(object, "accepted").value_or(true);
    view.known_by = number(object, "known_by").value_or(0);
    view.refused_by = number(object, "refused_by").value_or(0);
    return view;
}

MemberView member_view(const json::object& object) {
    MemberView view;
    view.name = text(object, "name").value_or("?");
    view.address = text(object, "address").value_or("");
    view.state = text(object, "state").value_or("?");
    view.offset_ns = number(object, "offset_ns");
    view.bound_ns = number(object, "bound_ns");
    view.delay_ns = number(object, "delay_ns");
    view.frequency_ppb = number(object, "frequency_ppb");
    view.counted = truth(object, "counted");
    view.reason = text(object, "reason").value_or("");
    view.reference = truth(object, "reference");
    view.reference_reason = text(object, "reference_reason").value_or("");
    return view;
}

}  // namespace

std::string string_in(const json::object& parameters, std::string_view key) {
    const json::value* found = parameters.if_contains(key);
    return found != nullptr && found->is_string() ? printable(std::string_view(found->get_string()))
                                                  : std::string();
}

std::vector<std::string> strings_in(const json::object& parameters, std::string_view key) {
    std::vector<std::string> strings;
    const json::value* array = parameters.if_contains(key);
    if (array == nullptr || !array->is_array())
        return strings;
    for (const json::value& each : array->get_array()) {
        if (each.is_string())
            strings.push_back(printable(std::string_view(each.get_string()), kLongestText));
    }
    return strings;
}

StatusView status_view(const json::object& parameters) {
    const json::object* object = inner(parameters, "status");
    StatusView view;
    if (object == nullptr)
        return view;
    view.role = text(*object, "role").value_or("?");
    view.state = text(*object, "state").value_or("?");
    view.cluster = text(*object, "cluster").value_or("?");
    view.node = text(*object, "node").value_or("?");
    view.master = text(*object, "master");
    view.term = number(*object, "term").value_or(0);
    view.epoch = number(*object, "epoch").value_or(0);
    view.offset_ns = number(*object, "offset_ns");
    view.bound_ns = number(*object, "bound_ns");
    view.frequency_ppb = number(*object, "frequency_ppb");
    view.clock = text(*object, "clock").value_or("?");
    view.reason = text(*object, "reason").value_or("");
    view.members_total = number(*object, "members_total");
    view.members_counted = number(*object, "members_counted");
    view.members_expected = number(*object, "members_expected");
    view.advice = text(*object, "advice").value_or("");
    view.master_address = text(*object, "master_address").value_or("");
    view.master_unheard_ns = number(*object, "master_unheard_ns");
    view.holdover_ns = number(*object, "holdover_ns");
    view.bound_growth_ppb = number(*object, "bound_growth_ppb");
    if (const json::object* move = inner(*object, "move"))
        view.move = move_view(*move);
    view.timescale = text(*object, "timescale").value_or("");
    view.references = number(*object, "references");
    view.references_believed = number(*object, "references_believed");
    view.reference_offset_ns = number(*object, "reference_offset_ns");
    view.leap = text(*object, "leap").value_or("");
    view.leap_s = number(*object, "leap_s");
    view.tai_offset_s = number(*object, "tai_offset_s");
    view.roster = number(*object, "roster").value_or(0);
    view.candidates = strings_in(*object, "candidates");
    view.notes = strings_in(*object, "notes");
    return view;
}

std::vector<MemberView> members_view(const json::object& parameters) {
    return views(parameters, "members", member_view);
}

std::optional<std::int64_t> TrackingView::number(std::string_view key) const {
    return ctl::number(all, key);
}

std::vector<InvitationView> invitations_view(const json::object& parameters) {
    return views(parameters, "invitations", invitation_view);
}

std::vector<EnrolledView> enrolled_view(const json::object& parameters) {
    return views(parameters, "nodes", enrolled_view_of);
}

TrackingView tracking_view(const json::object& parameters) {
    TrackingView view;
    const json::object* object = inner(parameters, "tracking");
    if (object == nullptr)
        return view;
    view.all = *object;
    if (const json::object* dropped = inner(*object, "dropped")) {
        for (const auto& [reason, count] : *dropped) {
            if (count.is_int64())
                view.dropped.emplace_back(printable(std::string_view(reason), kLongestText),
                                          count.get_int64());
        }
    }
    return view;
}

}  // namespace berkeley::ctl
