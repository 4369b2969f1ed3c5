// The folder of raw outputs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine.h"

namespace textlines {

// Milliseconds of the steps of one picture, or the sums of all.
struct Times {
  double read = 0;
  double resize = 0;
  double predict = 0;
};

class Results {
 public:
  // Makes the folder; raises UsageError where it is not empty or cannot be made.
  explicit Results(std::filesystem::path folder);

  // The outputs of one picture; NAME.json last, so that where it stands the others are whole.
  void add(const std::string& image, const std::string& name, Size original, Size input, const Outputs& outputs,
           const Times& times);
  // What the network got, as PPM.
  void add_input(const std::string& name, const Picture& picture);
  void skip(const std::string& image, const std::string& reason, const std::string& detail);
  // run.json, the end of a run.
  void finish(const Engine& engine, const std::string& model, std::size_t others);

  std::size_t images() const { return images_; }
  std::size_t skipped() const { return skipped_; }
  const Times& sums() const { return sums_; }

 private:
  void put(const std::string& name, const void* data, std::size_t bytes);

  std::filesystem::path folder_;
  std::ofstream skips_;
  std::size_t images_ = 0;
  std::size_t skipped_ = 0;
  Times sums_;
};

}  // namespace textlines
