#include "inputs.h"

#include <algorithm>
#include <fstream>

#include "json.h"
#include "options.h"
#include "reading.h"

namespace textlines {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongest = 200;

// ASCII alone: what else differs by case, few file systems hold for equal.
std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
  return text;
}

void add_folder(const fs::path& folder, Inputs& inputs) {
  const std::vector<std::string> endings = picture_endings();
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string ending = lower(entry->path().extension().string());
    const bool named = std::find(endings.begin(), endings.end(), ending) != endings.end();
    const bool hidden = entry->path().filename().string().front() == '.';
    if (named && !hidden && !entry->is_directory()) {
      found.push_back(entry->path());
    } else {
      ++inputs.others;
    }
  }
  if (error) throw UsageError(printable(folder.string()) + " cannot be listed: " + error.message());
  std::sort(found.begin(), found.end());
  inputs.files.insert(inputs.files.end(), found.begin(), found.end());
}

std::vector<std::string> lines_of(const std::string& list) {
  std::ifstream file(list);
  if (!file) throw UsageError("--list " + list + " cannot be read");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// What a picture's results are called where no other picture took the name.
std::string base_of(const fs::path& path) {
  std::string base = printable(path.stem().string());
  std::replace(base.begin(), base.end(), '\\', '_');
  if (!base.empty() && base.front() == '.') base.front() = '_';  // readers take hidden files for no results
  if (base.size() > kLongest) {
    std::size_t end = kLongest;
    while ((static_cast<unsigned char>(base[end]) & 0xC0U) == 0x80U) --end;  // not within a character
    base.resize(end);
  }
  return base;
}

}  // namespace

Inputs find_inputs(const std::vector<std::string>& given, const std::string& list) {
  std::vector<std::string> all = given;
  if (!list.empty()) {
    for (const std::string& line : lines_of(list)) all.push_back(line);
  }
  Inputs inputs;
  for (const std::string& path : all) {
    if (fs::is_directory(path)) {
      add_folder(path, inputs);
    } else {
      inputs.files.emplace_back(path);
    }
  }
  return inputs;
}

std::string Names::take(const fs::path& path) {
  const std::string base = base_of(path);
  int& last = last_.try_emplace(lower(base), 1).first->second;
  std::string name = last == 1 ? base : base + "-" + std::to_string(last);
  while (!taken_.insert(lower(name)).second) name = base + "-" + std::to_string(++last);
  return name;
}

}  // namespace textlines
