// Where `watch` draws: a terminal redrawn in place, or one block after the other.
#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "ctl/commands/commands.hpp"

namespace berkeley::ctl {

class WatchScreen {
  public:
    WatchScreen(const Context& context, double interval_s);
    ~WatchScreen();
    WatchScreen(const WatchScreen&) = delete;
    WatchScreen& operator=(const WatchScreen&) = delete;

    // On a terminal that can be redrawn; there a daemon that is gone is waited for.
    bool live() const { return live_; }

    void show(const boost::json::object& update);
    void show_trouble(std::string problem, std::string next);

    // The size has changed: the same again.
    void redraw();

    // Ctrl-Z: the shell gets its screen back until the program goes on.
    void suspend();

  private:
    void enter();
    void leave();
    void draw() const;
    std::string text(const Style& style) const;

    const Context& context_;
    double interval_s_;
    bool live_;
    bool first_ = true;
    std::optional<boost::json::object> update_;
    std::string problem_;  // if not empty, there is no update to show
    std::string next_;
};

}  // namespace berkeley::ctl
