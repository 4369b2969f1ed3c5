#pragma once

#include <cstdint>
#include <string>

namespace mindspore {

enum StatusCode : std::uint32_t { kSuccess = 0, kLiteError = 0xFFFFFFFF };

class Status {
 public:
  Status(enum StatusCode code, std::string text = "") : code_(code), text_(std::move(text)) {}
  bool operator!=(enum StatusCode other) const { return code_ != other; }
  bool operator==(enum StatusCode other) const { return code_ == other; }
  std::string ToString() const { return text_; }

 private:
  enum StatusCode code_;
  std::string text_;
};

}  // namespace mindspore
