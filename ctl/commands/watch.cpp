#include <chrono>
#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "ctl/client/interrupt.hpp"
#include "ctl/commands/commands.hpp"
#include "ctl/commands/common.hpp"
#include "ctl/commands/watch_screen.hpp"
#include "ctl/render/units.hpp"
#include "daemon/control/interface.hpp"

namespace berkeley::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kBetweenAttempts{500};

tl::expected<Client, ClientError> subscribe(const Context& context, const Interrupt& interrupt,
                                            milliseconds interval) {
    auto client = Client::connect(context.socket, interrupt.fd());
    if (!client)
        return client;
    varlink::Call call;
    call.method = fmt::format("{}.Watch", kControlInterface);
    call.parameters["interval_ms"] = interval.count();
    call.more = true;
    if (auto sent = client->send(call); !sent)
        return tl::unexpected(std::move(sent.error()));
    return client;
}

// True if the operator has had enough.
bool obey(Interrupt& interrupt, WatchScreen& screen) {
    switch (interrupt.take()) {
        case Interrupt::Kind::resize:
            screen.redraw();
            return false;
        case Interrupt::Kind::suspend:
            screen.suspend();
            return false;
        case Interrupt::Kind::none:
            return false;
        case Interrupt::Kind::end:
            break;
    }
    return true;
}

// Until the daemon is back; none if the operator ended it.
std::optional<Client> reconnect(const Context& context, Interrupt& interrupt, WatchScreen& screen,
                                milliseconds interval) {
    const auto lost = steady_clock::now();
    while (true) {
        auto client = subscribe(context, interrupt, interval);
        if (client)
            return std::move(*client);
        const auto gone =
            std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - lost);
        screen.show_trouble(client.error().message,
                            fmt::format("waiting for it, {} s so far", gone.count()));
        const auto until = steady_clock::now() + kBetweenAttempts;
        for (auto left = kBetweenAttempts; left > milliseconds{0};
             left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now())) {
            if (interrupt.sleep(left) && obey(interrupt, screen))
                return std::nullopt;
        }
    }
}

std::optional<ClientError> watch(const Context& context, const WatchOptions& options,
                                 Interrupt& interrupt, Client client, WatchScreen& screen) {
    const milliseconds interval(std::llround(options.interval_s * 1000));
    std::optional<Client> source(std::move(client));
    for (std::uint64_t seen = 0; options.count == 0 || seen < options.count;) {
        const auto update = source->receive(interval + Client::kPatience);
        if (update) {
            screen.show(*update);
            ++seen;
            continue;
        }
        if (update.error().kind == ClientError::Kind::interrupted) {
            if (obey(interrupt, screen))
                return std::nullopt;
            continue;
        }
        if (update.error().kind != ClientError::Kind::no_daemon || !screen.live())
            return update.error();
        auto again = reconnect(context, interrupt, screen, interval);
        if (!again)
            return std::nullopt;
        source.emplace(std::move(*again));
    }
    return std::nullopt;
}

}  // namespace

// On a terminal someone is looking: a daemon that goes away is waited for. A script is told.
ExitCode watch_command(const Context& context, const WatchOptions& options) {
    Interrupt interrupt(Interrupt::Scope::terminal);
    auto client =
        subscribe(context, interrupt, milliseconds(std::llround(options.interval_s * 1000)));
    if (!client)
        return fail(client.error());
    std::optional<ClientError> trouble;
    {
        WatchScreen screen(context, options.interval_s);
        trouble = watch(context, options, interrupt, std::move(*client), screen);
    }
    return trouble ? fail(*trouble) : ExitCode::good;
}

}  // namespace berkeley::ctl
