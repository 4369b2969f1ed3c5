// The pictures that a person names, and what their results are called.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace textlines {

struct Inputs {
  std::vector<std::filesystem::path> files;
  // Files of folders that are hidden or have other endings, and folders in folders.
  std::size_t others = 0;
};

// Files as they are, of folders those with the ending of a picture that are not hidden, by name; of `list` a path
// a line, relative to where the program runs. Raises UsageError.
Inputs find_inputs(const std::vector<std::string>& given, const std::string& list);

// Names of results: those of the pictures, made different where they are alike: b.jpg is b, the next b-2. Two
// never differ in upper and lower case alone, and none is hidden: .c.jpg is _c.
class Names {
 public:
  // reserved: names that no picture gets.
  explicit Names(std::set<std::string> reserved) : taken_(std::move(reserved)) {}
  std::string take(const std::filesystem::path& path);

 private:
  std::set<std::string> taken_;
  // Of each base name in lower case the last number that was tried: those below are taken.
  std::map<std::string, int> last_;
};

}  // namespace textlines
