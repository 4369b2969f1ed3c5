// What runs the network. Everything else of the program is the same, whatever stands behind this.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "picture.h"

namespace textlines {

struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

// R rows and C columns of cells of 16 x 16 px of the input, k anchors each.
struct Outputs {
  Tensor scores;    // (R, C, k) probability of text
  Tensor vertical;  // (R, C, k, 2)
  Tensor side;      // (R, C, k)
};

class Engine {
 public:
  virtual ~Engine() = default;
  // What it is, for people and for run.json.
  virtual std::string name() const = 0;
  // Whether what it answers comes from a network.
  virtual bool is_network() const = 0;
  virtual Size input() const = 0;
  // The outputs for a picture of the size of input(). Raises std::runtime_error.
  virtual Outputs predict(const Picture& picture) = 0;
};

// The engine that this program was linked with. Raises std::runtime_error for a file that it cannot load.
std::unique_ptr<Engine> load_engine(const std::string& model, int device);

// Of an engine, for --help: its name, and what file --model takes.
std::string engine_help();

}  // namespace textlines
