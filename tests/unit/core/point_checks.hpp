// Counts how often this program checks that a key is a point of the curve, which costs as much as a
// signature: libsodium's function is called through one of ours.
#pragma once

namespace berkeley::test {

extern int point_checks;

}  // namespace berkeley::test
