package org.tensorlogic.lang.equation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorlogic.DType;
import org.tensorlogic.lang.value.Fault;

class EquationErrorTest {
  private final Program program =
      new Program()
          .tensor("W", new float[6], 2, 3)
          .tensor("X", new float[4], 4)
          .tensor("V", new float[3], 3)
          .declare("D", DType.F32, 5)
          .number("n", 2)
          .number("half", 0.5);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Y[i] = W[i, j] X[j] | E0403 | index 'j' has size 3 in 'W' but 4 in 'X'",
        "Y[i] = W[i, i] | E0403 | index 'i' has size 2 along one axis of 'W' but 3 along another",
        "D[i] = V[i] * 1 | E0403 | index 'i' has size 3 in 'V' but 5 in 'D'",
        "Y[i] = W[i] * 2 | E0502 | 'W' has 2 dimensions, got 1 index",
        "D[i, j] = W[i, j] * 2 | E0502 | 'D' has 1 dimension, got 2 indices",
        "Y[i] = n[i] V[i] | E0309 | 'n' is not a tensor and cannot have indices",
        "Y[i] = V[i] W | E0404 | 'W' has shape [2, 3] and needs indices in a tensor equation",
        "Y[i, k] = V[i] * 2 | E0404 | index 'k' has no range: it occurs only on the left",
        "D[*t+1, j] = 0.5 * D[*t, j] | E0404 | index 't' has no range: it is virtual, and no"
            + " tensor but 'D' has it",
        "Y[i+1] = V[i] * 2 | E0404 | the equation writes only a part of 'Y': it must be declared",
        "Y[0] = V[i] V[i] | E0404 | the equation writes only a part of 'Y': it must be declared",
        "Y[i] = Y[i-1] + V[i] | E0404 | 'Y' occurs on both sides: it must be declared",
        "D[i] = D[i] * 2 | E0404 | 'D' is defined by itself without a shifted index",
        "Y[i] = V[7] X[i] | E0501 | index 7 is out of range for dimension 0 of size 3 of 'V'",
        "Y[i] = V[half] X[i] | E0310 | an index must be an integer, got 0.5",
        "Y[i+j] = W[i, j] * 1 | E0404 | an index on the left has one name",
        "Y[i, i] = V[i] * 1 | E0404 | an index is twice on the left",
        "Y[2*i] = V[i] * 1 | E0404 | an index on the left is x, x+1, x/2 or a number",
        "Y[i] = V[i/j] * 1 | E0404 | an index is divided as a name by a positive number: x/2",
        "Y[i] = V[0:2, i] * 1 | E0404 | a slice cannot be mixed with the indices of a tensor equation",
        "Y[i] = W[i, j] @ V[j] | E0404 | '@' cannot be used between indexed tensors",
        "Y[i] = V[i] % 2 | E0404 | '%' cannot be used in a tensor equation",
        "Y[i] = rleu(V[i]) | E0202 | function 'rleu' cannot be used in a tensor equation",
        "Y[i] = relu(V[i], X[i]) | E0209 | relu: expected 1 argument in an equation, got 2",
        "Y = softmax(V[i]) | E0404 | softmax: the left side has no index",
        "Y[i, j] = softmax(V[i]) X[j] | E0404 | softmax: its argument has no index 'j'",
        "Y[i] = concat(V[i]) | E0404 | concat: exactly one new index is needed on the left",
        "Y[i] = V[n*i] | E0404 | an index is a sum of names and integers",
      })
  void saysWhatIsWrong(String equation, String code, String message) {
    Fault fault = fault(() -> program.run(equation));
    assertThat(fault.diagnostic().message()).isEqualTo(message);
    assertThat(fault.code().id()).isEqualTo(code);
    assertThat(fault.diagnostic().span()).isNotNull();
  }

  @Test
  void pointsAtTheIndexThatDoesNotFit() {
    Fault fault = fault(() -> program.run("Y[i] = W[i, j] X[j]"));
    assertThat(fault.diagnostic().render())
        .isEqualTo(
            """
            error[E0403]: index 'j' has size 3 in 'W' but 4 in 'X'
             --> test.tl:1:18
              |
            1 | Y[i] = W[i, j] X[j]
              |                  ^""");
  }

  @Test
  void suggestsAFunction() {
    assertThat(fault(() -> program.run("Y[i] = rleu(V[i])")).diagnostic().help())
        .containsExactly("a function with a similar name exists: 'relu'");
  }

  private static Fault fault(ThrowingCallable call) {
    Fault[] caught = new Fault[1];
    assertThatThrownBy(call).isInstanceOfSatisfying(Fault.class, fault -> caught[0] = fault);
    return java.util.Objects.requireNonNull(caught[0]);
  }
}
