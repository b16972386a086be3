// A test that needs guests: skipped with its reason where none can run.
#pragma once

#include <gtest/gtest.h>

#include "tests/lab/support/laboratory.hpp"
#include "tests/system/support/requirement.hpp"

namespace berkeley::lab {

class LabTest : public testing::Test {
  protected:
    void SetUp() override {
        const std::string missing = why_no_guests(image_folder());
        BERKELEYD_REQUIRE(missing.empty(), missing);
    }
};

}  // namespace berkeley::lab
