// "Loads" a text file, `fake-mindir WIDTH HEIGHT ANCHORS [FAULT]`. A score is the first red value of its cell
// over 255, vertical is 0.5 and side -1, so that a mixed-up output shows. FAULT makes one thing go wrong.
#include "include/api/model.h"

#include <algorithm>
#include <fstream>
#include <iostream>

namespace mindspore {
namespace {

MSTensor floats(const std::string& name, const std::vector<std::int64_t>& shape, float value,
                DataType type = DataType::kNumberTypeFloat32) {
  std::int64_t count = 1;
  for (const std::int64_t side : shape) count *= side;
  MSTensor tensor(name, type, shape, sizeof(float) * static_cast<std::size_t>(count));
  float* data = static_cast<float*>(tensor.MutableData());
  std::fill(data, data + count, value);
  return tensor;
}

}  // namespace

Status Model::Build(const std::string& path, ModelType type, const std::shared_ptr<Context>& context) {
  std::ifstream file(path);
  std::string word;
  std::int64_t width = 0, height = 0;
  if (!(file >> word >> width >> height >> anchors_) || word != "fake-mindir" || type != kMindIR) {
    return {kLiteError, "no MINDIR"};
  }
  file >> fault_;
  std::cerr << "built on " << context->MutableDeviceInfo().at(0)->Kind() << "\n";
  std::vector<std::int64_t> shape = {height, width, 3};
  if (fault_ == "batch") shape.insert(shape.begin(), 1);
  if (fault_ == "dynamic") shape = {-1, -1, 3};
  const DataType kind = fault_ == "float-input" ? DataType::kNumberTypeFloat32 : DataType::kNumberTypeUInt8;
  inputs_.emplace_back("image", kind, shape, static_cast<std::size_t>(3 * width * height));
  if (fault_ == "two-inputs") inputs_.push_back(inputs_[0]);
  return kSuccess;
}

std::vector<MSTensor> Model::GetInputs() { return inputs_; }

Status Model::Predict(const std::vector<MSTensor>& inputs, std::vector<MSTensor>* outputs) {
  if (fault_ == "fails") return {kLiteError, "the device is lost"};
  MSTensor input = inputs.at(0);
  const std::vector<std::int64_t>& shape = input.Shape();
  const std::int64_t width = shape[shape.size() - 2], rows = shape[shape.size() - 3] / 16, columns = width / 16;
  const DataType kind = fault_ == "half" ? DataType::kNumberTypeFloat16 : DataType::kNumberTypeFloat32;
  MSTensor scores = floats("scores", {rows, columns, anchors_}, 0, kind);
  float* to = static_cast<float*>(scores.MutableData());
  const std::uint8_t* from = static_cast<const std::uint8_t*>(input.Data().get());
  for (std::int64_t cell = 0; cell < rows * columns; ++cell) {
    const std::int64_t pixel = cell / columns * 16 * width + cell % columns * 16;
    to = std::fill_n(to, anchors_, static_cast<float>(from[3 * pixel]) / 255.0F);
  }
  outputs->push_back(scores);
  outputs->push_back(floats("vertical", {rows, columns, anchors_, 2}, 0.5F));
  outputs->push_back(floats("side", {rows, columns, anchors_}, -1.0F));
  if (fault_ == "two-outputs") outputs->pop_back();
  if (fault_ == "order") std::swap((*outputs)[0], (*outputs)[1]);
  return kSuccess;
}

}  // namespace mindspore
