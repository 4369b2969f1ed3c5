#include <iostream>

#include "app.h"

int main(int count, char** words) {
  return textlines::run(words[0], {words + 1, words + count}, std::cout, std::cerr);
}
