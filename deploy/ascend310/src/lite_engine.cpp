// The network on MindSpore Lite: an Ascend, or with --device -1 a CPU.
//
// NEVER BUILT AGAINST A REAL MINDSPORE LITE, NEVER RUN ON AN ASCEND. Its calls are those of MindSpore Lite's
// public C++ headers (2.x); the project's tests build and run it against a small stand-in of these.
//
// The model is what `python -m model export --format MINDIR` writes for pictures of the input's size: one
// input (H, W, 3) or (1, H, W, 3) uint8, RGB; outputs scores, vertical, side in this order, float32.
#include <cstring>
#include <stdexcept>

#include "engine.h"
#include "include/api/context.h"
#include "include/api/model.h"
#include "include/api/status.h"
#include "include/api/types.h"

namespace textlines {
namespace {

using Shape = std::vector<std::int64_t>;
constexpr int kStride = 16;
constexpr std::size_t kOutputs = 3;

std::string shown(const Shape& shape) {
  std::string text = "(";
  for (const std::int64_t side : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(side);
  return text + ")";
}

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

void require(const mindspore::Status& status, const std::string& what) {
  if (status != mindspore::kSuccess) fail(what + ": " + status.ToString());
}

std::shared_ptr<mindspore::Context> context_of(int device) {
  auto context = std::make_shared<mindspore::Context>();
  if (device < 0) {
    context->MutableDeviceInfo().push_back(std::make_shared<mindspore::CPUDeviceInfo>());
    return context;
  }
  auto ascend = std::make_shared<mindspore::AscendDeviceInfo>();
  ascend->SetDeviceID(static_cast<std::uint32_t>(device));
  context->MutableDeviceInfo().push_back(ascend);
  return context;
}

Size size_of(const std::vector<mindspore::MSTensor>& inputs, const std::string& model) {
  if (inputs.size() != 1) fail(model + " has " + std::to_string(inputs.size()) + " inputs, not one picture");
  if (inputs[0].DataType() != mindspore::DataType::kNumberTypeUInt8) {
    fail(model + ": its input is not uint8; export the checkpoint with `python -m model export`");
  }
  Shape shape = inputs[0].Shape();
  if (shape.size() == 4 && shape[0] == 1) shape.erase(shape.begin());
  const bool fits = shape.size() == 3 && shape[2] == static_cast<std::int64_t>(kColours) && shape[0] > 0 &&
                    shape[1] > 0 && shape[0] % kStride == 0 && shape[1] % kStride == 0;
  if (!fits) {
    fail(model + ": its input is " + shown(inputs[0].Shape()) +
         ", not (height, width, 3) of a fixed size in multiples of 16; export it for pictures of the network's "
         "own input size");
  }
  return {static_cast<int>(shape[1]), static_cast<int>(shape[0])};
}

Tensor copied(const mindspore::MSTensor& tensor) {
  if (tensor.DataType() != mindspore::DataType::kNumberTypeFloat32) {
    fail("output " + tensor.Name() + " is not float32; convert the model with float32 outputs");
  }
  Tensor result{tensor.Shape(), std::vector<float>(static_cast<std::size_t>(tensor.ElementNum()))};
  const std::shared_ptr<const void> data = tensor.Data();
  if (data == nullptr || tensor.DataSize() != sizeof(float) * result.values.size()) {
    fail("output " + tensor.Name() + " has no data, or not as much as its shape says");
  }
  std::memcpy(result.values.data(), data.get(), tensor.DataSize());
  return result;
}

class LiteEngine : public Engine {
 public:
  LiteEngine(const std::string& model, int device) : device_(device) {
    require(model_.Build(model, mindspore::kMindIR, context_of(device)), "cannot load " + model);
    input_ = size_of(model_.GetInputs(), model);
  }

  std::string name() const override {
    return device_ < 0 ? "MindSpore Lite on CPU" : "MindSpore Lite on Ascend " + std::to_string(device_);
  }
  bool is_network() const override { return true; }
  Size input() const override { return input_; }

  Outputs predict(const Picture& picture) override {
    std::vector<mindspore::MSTensor> inputs = model_.GetInputs();
    void* place = inputs.at(0).MutableData();
    if (place == nullptr || inputs[0].DataSize() != picture.pixels.size()) {
      fail("the model's input takes no picture of " + std::to_string(picture.pixels.size()) + " bytes");
    }
    std::memcpy(place, picture.pixels.data(), picture.pixels.size());
    std::vector<mindspore::MSTensor> answers;
    require(model_.Predict(inputs, &answers), "the network failed");
    if (answers.size() != kOutputs) {
      fail("the model has " + std::to_string(answers.size()) + " outputs, not scores, vertical and side");
    }
    Outputs outputs{copied(answers[0]), copied(answers[1]), copied(answers[2])};
    check(outputs);
    return outputs;
  }

 private:
  void check(const Outputs& outputs) const {
    const Shape& scores = outputs.scores.shape;
    Shape vertical = scores;
    vertical.push_back(2);
    const bool fits = scores.size() == 3 && scores[0] == input_.height / kStride &&
                      scores[1] == input_.width / kStride && outputs.side.shape == scores &&
                      outputs.vertical.shape == vertical;
    if (!fits) {
      fail("the outputs are " + shown(scores) + ", " + shown(outputs.vertical.shape) + " and " +
           shown(outputs.side.shape) + ", not scores, vertical and side of this project's detector");
    }
  }

  int device_;
  mindspore::Model model_;
  Size input_;
};

}  // namespace

std::unique_ptr<Engine> load_engine(const std::string& model, int device) {
  return std::make_unique<LiteEngine>(model, device);
}

std::string engine_help() {
  return "This build runs MindSpore Lite: --model is a MINDIR for pictures of the network's own input size, on "
         "an Ascend converted by MindSpore Lite's converter_lite; --device -1 runs it on the CPU.";
}

}  // namespace textlines
