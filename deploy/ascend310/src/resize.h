// The way of a picture to the network's input, as model/transforms.py of the project goes it.
#pragma once

#include "picture.h"

namespace textlines {

// The size that a picture has on an input: the largest of its shape that fits, a pixel at least. Halves are
// rounded to the even neighbour.
Size fit(Size picture, Size input);

// The picture scaled to fit(picture, input) at the input's top left; the rest is the mean colour of ImageNet.
// Shrinking averages the pixels that a new one covers (OpenCV's INTER_AREA), anything else interpolates
// between two neighbours along each axis (INTER_LINEAR). Equal to OpenCV within 1 of 255.
Picture resize(const Picture& picture, Size input);

}  // namespace textlines
