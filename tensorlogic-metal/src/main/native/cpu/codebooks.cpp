// Core's codebooks.bin, which the Makefile brings as a list of bytes: the books one after the other, each value as its
// index in the book's alphabet, in 2 or 3 bits, the lowest bits first.
#include "codebooks.h"

namespace tl {

static constexpr uint8_t PACKED[] = {
#include "codebooks.inc"
};

// Reads a book from bit `first` on, and returns where it ends.
template <class Row, int ROWS, int VALUES>
static constexpr int read(int first, const int (&alphabet)[VALUES], Row (&book)[ROWS]) {
  constexpr int BITS = VALUES <= 4 ? 2 : 3;
  for (Row& row : book) {
    for (int shift = 0; shift < static_cast<int>(8 * sizeof(Row)); shift += 8) {
      int code = 0;
      for (int b = 0; b < BITS; b++, first++) code |= (PACKED[first / 8] >> first % 8 & 1) << b;
      row |= static_cast<Row>(static_cast<uint8_t>(alphabet[code])) << shift;
    }
  }
  return first;
}

static constexpr Codebooks read_all() {
  constexpr int IQ2[] = {8, 25, 43}, IQ3_XXS[] = {4, 12, 20, 28, 36, 44, 52, 62}, IQ3_S[] = {1, 3, 5, 7, 9, 11, 13, 15};
  constexpr int IQ1[] = {2, 10, 18};
  Codebooks all{};
  int bit = read(0, IQ2, all.iq2_xxs);
  bit = read(bit, IQ2, all.iq2_xs);
  bit = read(bit, IQ2, all.iq2_s);
  bit = read(bit, IQ3_XXS, all.iq3_xxs);
  bit = read(bit, IQ3_S, all.iq3_s);
  bit = read(bit, IQ1, all.iq1);
  return bit == 8 * static_cast<int>(sizeof PACKED) ? all : throw "codebooks.bin has another size";
}

constexpr Codebooks CODEBOOKS = read_all();

}  // namespace tl
