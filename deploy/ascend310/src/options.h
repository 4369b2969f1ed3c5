// The command line.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace textlines {

// What the person at the keyboard can put right; the message says how.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  std::string model;
  std::string out;
  std::string list;
  int device = 0;
  bool save_inputs = false;
  bool help = false;
  std::vector<std::string> inputs;
};

// Raises UsageError.
Options parse(const std::vector<std::string>& arguments);

std::string help_text(const std::string& program);

}  // namespace textlines
