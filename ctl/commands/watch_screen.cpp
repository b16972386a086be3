#include "ctl/commands/watch_screen.hpp"

#include <csignal>
#include <cstdio>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/view.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/screens.hpp"

namespace berkeley::ctl {
namespace {

// The other screen, where there is one: what was on the terminal comes back at the end. Lines that
// do not fit are cut off, as wrapped ones would push the rest out of place.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

// Over the old screen line by line: clearing it first would flicker.
std::string redrawn(std::string_view text, std::size_t height) {
    std::string out = "\x1b[H";
    std::size_t line = 1;
    for (const char c : text) {
        if (c != '\n') {
            out += c;
            continue;
        }
        out += "\x1b[K";
        if (line++ == height)
            return out;
        out += "\r\n";
    }
    return out + "\x1b[J";
}

}  // namespace

WatchScreen::WatchScreen(const Context& context, double interval_s)
    : context_(context), interval_s_(interval_s), live_(!context.json && context.style.cursor) {
    if (live_)
        enter();
}

WatchScreen::~WatchScreen() {
    if (live_) {
        leave();
        if (update_)
            print(text(Style::of_stdout()));  // what was seen last stays
    }
    std::fflush(stdout);
}

void WatchScreen::enter() {
    print(kEnter);
    std::fflush(stdout);
}

void WatchScreen::leave() {
    print(kLeave);
    std::fflush(stdout);
}

void WatchScreen::show(const boost::json::object& update) {
    problem_.clear();
    if (context_.json) {
        print_json(update);
    } else if (live_) {
        update_ = update;
        draw();
    } else {
        print(std::exchange(first_, false) ? "" : "\n");
        print(render_watch(status_view(update), members_view(update), context_.style));
    }
    std::fflush(stdout);
}

// What was seen last does not stay beside it: it would pass for the present.
void WatchScreen::show_trouble(std::string problem, std::string next) {
    problem_ = std::move(problem);
    next_ = std::move(next);
    redraw();
}

void WatchScreen::redraw() {
    if (!live_)
        return;
    draw();
    std::fflush(stdout);
}

void WatchScreen::suspend() {
    if (live_)
        leave();
    std::raise(SIGSTOP);
    if (live_)
        enter();
    redraw();
}

std::string WatchScreen::text(const Style& style) const {
    if (!problem_.empty())
        return field("Problem", problem_, style, Tone::bad) + field("Next", next_, style);
    return update_ ? render_watch(status_view(*update_), members_view(*update_), style) : "";
}

void WatchScreen::draw() const {
    const Style now = Style::of_stdout();  // its size may have changed
    const std::string hint = fmt::format("every {} s, Ctrl-C ends", interval_s_);
    print(redrawn(text(now) + now.paint(Tone::faint, hint) + "\n", now.height));
}

}  // namespace berkeley::ctl
