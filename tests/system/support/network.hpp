// Machines that are network namespaces, on one bridge. The namespaces have no names and are held by
// processes of ours: when these end, however they end, nothing is left.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/system/support/process.hpp"

namespace berkeley::test {

class Namespace {
  public:
    Namespace();

    pid_t pid() const { return holder_.pid(); }
    Arguments wrapper() const;              // before a program that is to run in it
    void ip(const Arguments& words) const;  // ip(8) in it; throws unless that ends with 0

  private:
    Process holder_;
};

// Empty if namespaces and bridges can be made here.
std::string why_no_network();

// Machine i (from 1) has the address 10.99.0.i on its eth0.
class Network {
  public:
    explicit Network(int machines);

    static std::string address(int machine);
    const Namespace& machine(int machine) const;
    void plug(int machine, bool in) const;  // its cable, at the bridge

  private:
    Namespace bridge_;
    std::vector<std::unique_ptr<Namespace>> machines_;
};

}  // namespace berkeley::test
