// Text of JSON objects, key by key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace textlines {

// A string in quotes. Bytes that are no UTF-8, and control characters, become \xNN in plain sight, as the
// project shows names of files everywhere.
std::string quoted(const std::string& text);

std::string printable(const std::string& text);

class Object {
 public:
  Object& text(const std::string& key, const std::string& value) { return raw(key, quoted(value)); }
  Object& number(const std::string& key, std::int64_t value) { return raw(key, std::to_string(value)); }
  Object& flag(const std::string& key, bool value) { return raw(key, value ? "true" : "false"); }
  // Three digits after the point.
  Object& decimal(const std::string& key, double value);
  Object& list(const std::string& key, const std::vector<std::int64_t>& values);
  Object& object(const std::string& key, const Object& value) { return raw(key, value.str()); }
  std::string str() const { return "{" + body_ + "}"; }

 private:
  Object& raw(const std::string& key, const std::string& value);
  std::string body_;
};

}  // namespace textlines
