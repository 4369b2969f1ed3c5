#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mindspore {

class DeviceInfoContext {
 public:
  virtual ~DeviceInfoContext() = default;
  virtual std::string Kind() const = 0;
};

class CPUDeviceInfo : public DeviceInfoContext {
 public:
  std::string Kind() const override { return "CPU"; }
};

class AscendDeviceInfo : public DeviceInfoContext {
 public:
  void SetDeviceID(std::uint32_t id) { id_ = id; }
  std::string Kind() const override { return "Ascend " + std::to_string(id_); }

 private:
  std::uint32_t id_ = 0;
};

class Context {
 public:
  std::vector<std::shared_ptr<DeviceInfoContext>>& MutableDeviceInfo() { return devices_; }

 private:
  std::vector<std::shared_ptr<DeviceInfoContext>> devices_;
};

}  // namespace mindspore
