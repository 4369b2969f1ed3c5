#pragma once

#include <memory>
#include <string>
#include <vector>

#include "include/api/context.h"
#include "include/api/status.h"
#include "include/api/types.h"

namespace mindspore {

class Model {
 public:
  Status Build(const std::string& path, ModelType type, const std::shared_ptr<Context>& context = nullptr);
  std::vector<MSTensor> GetInputs();
  Status Predict(const std::vector<MSTensor>& inputs, std::vector<MSTensor>* outputs);

 private:
  std::string fault_;
  std::vector<MSTensor> inputs_;
  std::int64_t anchors_ = 0;
};

}  // namespace mindspore
