// Paths in, a line each; the names of their results out.
#include <iostream>
#include <string>

#include "inputs.h"

int main() {
  textlines::Names names({"run"});
  for (std::string path; std::getline(std::cin, path);) std::cout << names.take(path) << "\n";
}
