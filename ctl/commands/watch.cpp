#include <cmath>
#include <cstdio>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/interrupt.hpp"
#include "ctl/client/view.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/render/screens.hpp"
#include "daemon/control/interface.hpp"

namespace berkeley::ctl {
namespace {

constexpr std::string_view kHideCursor = "\x1b[?25l";
constexpr std::string_view kShowCursor = "\x1b[?25h";
constexpr std::string_view kClear = "\x1b[2J";

// Over the old screen line by line: clearing it first would flicker.
std::string redrawn(std::string_view text) {
    std::string out = "\x1b[H";
    for (const char c : text) {
        if (c == '\n')
            out += "\x1b[K";
        out += c;
    }
    return out + "\x1b[J";
}

// Draws one update after the other where and how the output asks for it.
class Screen {
  public:
    Screen(const Context& context, double interval_s)
        : context_(context),
          interval_s_(interval_s),
          live_(!context.json && context.style.terminal) {
        if (live_)
            print(fmt::format("{}{}", kHideCursor, kClear));
    }

    ~Screen() {
        if (live_)
            print(fmt::format("\r{}", kShowCursor));
        std::fflush(stdout);
    }

    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    void show(const boost::json::object& update) {
        if (context_.json)
            print_json(update);
        else if (live_)
            draw(update);
        else
            print((std::exchange(first_, false) ? "" : "\n") +
                  render_watch(status_view(update), members_view(update), context_.style));
        std::fflush(stdout);
    }

  private:
    void draw(const boost::json::object& update) const {
        const Style now = Style::of_stdout();  // its size may have changed
        const std::string hint = fmt::format("every {} s, Ctrl-C ends", interval_s_);
        print(redrawn(render_watch(status_view(update), members_view(update), now) +
                      now.paint(Tone::faint, hint) + "\n"));
    }

    const Context& context_;
    double interval_s_;
    bool live_;
    bool first_ = true;
};

}  // namespace

ExitCode watch_command(const Context& context, const WatchOptions& options) {
    const Interrupt interrupt;
    auto client = Client::connect(context.socket, interrupt.fd());
    if (!client)
        return fail(client.error());
    varlink::Call call;
    call.method = fmt::format("{}.Watch", kControlInterface);
    const std::chrono::milliseconds interval(std::llround(options.interval_s * 1000));
    call.parameters["interval_ms"] = interval.count();
    call.more = true;
    if (const auto sent = client->send(call); !sent)
        return fail(sent.error());

    std::optional<ClientError> trouble;
    {
        std::optional<Screen> screen;
        for (std::uint64_t seen = 0; options.count == 0 || seen < options.count; ++seen) {
            const auto update = client->receive(interval + Client::kPatience);
            if (!update) {
                trouble = update.error();
                break;
            }
            if (!screen)
                screen.emplace(context, options.interval_s);
            screen->show(*update);
        }
    }
    if (!trouble || trouble->kind == ClientError::Kind::interrupted)
        return ExitCode::good;
    return fail(*trouble);
}

}  // namespace berkeley::ctl
