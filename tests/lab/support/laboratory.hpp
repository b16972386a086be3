// Several guests on one network, each with berkeleyd on it, and the truth about their clocks.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "tests/lab/support/carrier.hpp"
#include "tests/lab/support/ground_truth.hpp"
#include "tests/lab/support/guest.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace berkeley::lab {

struct NodeSpec {
    double drift_ppm = 0;    // of the guest's oscillator against the host's
    double start_error = 0;  // seconds, of its clock when all are up
    // NOLINTBEGIN(readability-redundant-member-init): GCC warns without
    std::string config = {};  // further lines of its configuration
    // NOLINTEND(readability-redundant-member-init)
};

// Where tests/lab/image/build-image put what the guests boot.
std::filesystem::path image_folder();

// How long a hold lasts here: `shorter` seconds, or BERKELEYD_LAB_HOLD.
double hold_seconds(double shorter);

class Laboratory {
  public:
    // Boots the guests at once, and sets their clocks. The first `candidates` guests are that.
    explicit Laboratory(std::vector<NodeSpec> nodes, std::size_t expect = 0,
                        std::size_t candidates = 1);
    ~Laboratory();  // tells the logs if the test failed
    Laboratory(const Laboratory&) = delete;
    Laboratory& operator=(const Laboratory&) = delete;

    std::size_t size() const { return guests_.size(); }
    Guest& guest(std::size_t number) { return *guests_[number - 1]; }
    Carrier& wires() { return wires_; }
    GroundTruth& truth() { return *truth_; }

    // Lets the clocks run, and collects the truth. Gives the time passed as a span of the truth's.
    Span wait(double seconds);
    bool wait_until(double limit, const std::function<bool()>& condition);

    void set_clock(std::size_t guest, double error_s);  // against the host's axis
    void shift_clock(std::size_t guest, double by_s);
    void start_daemon(std::size_t guest);
    void start_daemons();
    void end_daemon(std::size_t guest, const char* signal);
    bool daemon_runs(std::size_t guest);
    // Debian's, with this configuration, in place of berkeleyd or beside it.
    void start_chronyd(std::size_t guest, std::string_view config, std::string_view options = {});
    std::string log(std::size_t guest);
    bool log_says(std::size_t guest, std::string_view words);
    boost::json::object status(std::size_t guest);
    std::string state(std::size_t guest);   // empty while no daemon answers
    std::string master(std::size_t guest);  // whom it follows; empty: nobody
    bool synchronized(double limit);

    // The guest's whole machine stands still, and does not know of it (QMP stop).
    void pause(std::size_t guest, double seconds);
    void stop_machine(std::size_t guest);
    void resume_machine(std::size_t guest);

  private:
    std::string config_of(std::size_t guest) const;
    std::optional<boost::json::object> answer(std::size_t guest);

    std::vector<NodeSpec> nodes_;
    std::size_t expect_;
    std::size_t candidates_;
    test::TemporaryFolder folder_;
    Carrier wires_;
    std::vector<std::unique_ptr<Guest>> guests_;
    std::unique_ptr<GroundTruth> truth_;
};

// "12.3 µs", for what the tests print.
std::string in_words(double ns);

}  // namespace berkeley::lab
