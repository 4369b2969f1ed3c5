// An engine without a network: its score of a cell is the mean of the cell's values, over 255.
//
// It exists so that reading, resizing, writing and errors can be tried where there is no MindSpore Lite: what
// it answers follows from the pixels and can be computed beside it. --model is a text file,
// "textlines-cells WIDTH HEIGHT ANCHORS". All anchors of a cell get the same score, vertical is 0 and side
// counts up through the file, so that a wrong order shows.
#include <fstream>
#include <numeric>
#include <stdexcept>

#include "engine.h"

namespace textlines {
namespace {

constexpr int kStride = 16;

float mean_of_cell(const Picture& picture, int row, int column) {
  double sum = 0;
  for (int y = row * kStride; y < (row + 1) * kStride; ++y) {
    const std::uint8_t* from = picture.row(y) + kColours * static_cast<std::size_t>(column * kStride);
    sum = std::accumulate(from, from + kColours * kStride, sum);
  }
  return static_cast<float>(sum / (kColours * kStride * kStride * 255.0));
}

class CellsEngine : public Engine {
 public:
  CellsEngine(Size input, int anchors) : input_(input), anchors_(anchors) {}

  std::string name() const override { return "cells, no network"; }
  bool is_network() const override { return false; }
  Size input() const override { return input_; }

  Outputs predict(const Picture& picture) override {
    const int rows = input_.height / kStride;
    const int columns = input_.width / kStride;
    Outputs outputs;
    outputs.scores.shape = {rows, columns, anchors_};
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const float mean = mean_of_cell(picture, row, column);
        outputs.scores.values.insert(outputs.scores.values.end(), static_cast<std::size_t>(anchors_), mean);
      }
    }
    const std::size_t count = outputs.scores.values.size();
    outputs.vertical = {{rows, columns, anchors_, 2}, std::vector<float>(2 * count)};
    outputs.side = {outputs.scores.shape, std::vector<float>(count)};
    std::iota(outputs.side.values.begin(), outputs.side.values.end(), 0.0F);
    return outputs;
  }

 private:
  Size input_;
  int anchors_;
};

}  // namespace

std::unique_ptr<Engine> load_engine(const std::string& model, int /*device*/) {
  std::ifstream file(model);
  std::string word;
  Size input;
  int anchors = 0;
  const bool read = static_cast<bool>(file >> word >> input.width >> input.height >> anchors);
  const bool fits = input.width > 0 && input.height > 0 && input.width % kStride == 0 &&
                    input.height % kStride == 0 && input.width <= 8192 && input.height <= 8192;
  if (!read || word != "textlines-cells" || !fits || anchors < 1 || anchors > 100) {
    throw std::runtime_error(model +
                             ": not `textlines-cells WIDTH HEIGHT ANCHORS`, sides multiples of 16. This program "
                             "runs no network; textlines_lite does");
  }
  return std::make_unique<CellsEngine>(input, anchors);
}

std::string engine_help() {
  return "This build runs NO NETWORK: --model is a text file `textlines-cells WIDTH HEIGHT ANCHORS`, and a "
         "score is the mean of a cell's values. It is for trying the rest of the program.";
}

}  // namespace textlines
