// A stand-in for MindSpore Lite: the names and types of its public C++ API that the program uses, and no
// network behind them. Names of the API are MindSpore Lite's; nothing else is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mindspore {

enum ModelType : std::uint32_t { kMindIR = 0, kMindIR_Lite = 4 };

enum class DataType : int { kNumberTypeUInt8 = 37, kNumberTypeFloat16 = 42, kNumberTypeFloat32 = 43 };

// Copies share their data, as in the real one.
class MSTensor {
 public:
  MSTensor(std::string name, DataType type, std::vector<std::int64_t> shape, std::size_t bytes)
      : name_(std::move(name)), type_(type), shape_(std::move(shape)),
        data_(std::make_shared<std::vector<std::uint8_t>>(bytes)) {}

  std::string Name() const { return name_; }
  enum DataType DataType() const { return type_; }
  const std::vector<std::int64_t>& Shape() const { return shape_; }
  std::int64_t ElementNum() const {
    std::int64_t count = 1;
    for (const std::int64_t side : shape_) count *= side;
    return count;
  }
  std::shared_ptr<const void> Data() const { return {data_, data_->data()}; }
  void* MutableData() { return data_->data(); }
  std::size_t DataSize() const { return data_->size(); }

 private:
  std::string name_;
  enum DataType type_;
  std::vector<std::int64_t> shape_;
  std::shared_ptr<std::vector<std::uint8_t>> data_;
};

}  // namespace mindspore
