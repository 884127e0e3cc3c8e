package org.tensorlogic.metal.gpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectUniqueId;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.tensorlogic.backend.Backend;
import org.tensorlogic.metal.gpu.KernelMutations.Mutant;
import org.tensorlogic.testing.BackendContract;

/**
 * Whatever is changed in a kernel, a test of the contract fails. Runs where {@code
 * tensorlogic.test.mutations} says which mutants to try ({@code .ci/metal-mutations}): {@code all},
 * so many of all, evenly spread, or those whose names begin with one of such words, in the words'
 * order. A mutant meets only the tests that reach its place, the fastest first, until one fails;
 * the device runs it in processes of their own, so that one which writes anywhere, or never ends,
 * is just one that fails. {@code target/killed-mutants.txt} keeps what has been killed: a run goes
 * on where another stopped, but so many of all are tried anew each time. {@code
 * equivalent-mutants.txt} lists those that compute the same, with reasons.
 */
class KernelMutationsTest {
  private static final String[] SOURCES = {
    "views.h", "blocks.h", "elementwise.metal", "rows.metal", "matmul.metal", "network.metal"
  };
  private static final int LONGEST_COMMAND = 3000; // milliseconds
  private static final Path KILLED = Path.of("target", "killed-mutants.txt");
  private static @Nullable MetalBackend instrumented;

  /** The contract over the instrumented kernels; not a test on its own. */
  static final class Contract extends BackendContract {
    @Override
    public Backend backend() {
      return Objects.requireNonNull(instrumented);
    }
  }

  /** A test of the contract, and the sites that it reaches. */
  private static final class Leaf {
    final String id;
    final BitSet sites = new BitSet();
    long nanos;
    int kills;

    Leaf(String id) {
      this.id = id;
    }
  }

  private final Launcher launcher = LauncherFactory.create();
  private final KernelMutations mutations = new KernelMutations();

  @Test
  void theContractNoticesEveryMutant() throws IOException {
    String wanted = System.getProperty("tensorlogic.test.mutations");
    assumeThat(wanted).as("-Dtensorlogic.test.mutations").isNotNull();
    Map<String, String> sources = new HashMap<>();
    for (String file : SOURCES) {
      sources.put(file, mutations.instrument(file, ShaderLibrary.resource(file)));
    }
    MetalDevice device = MetalDevice.get();
    instrumented =
        new MetalBackend(
            device,
            new ShaderLibrary(
                device, null, file -> sources.getOrDefault(file, ShaderLibrary.resource(file))));
    List<Mutant> mutants = mutations.mutants();
    Set<String> equivalent = equivalentMutants();
    assertThat(mutants.stream().map(Mutant::name)).containsAll(equivalent);

    Set<String> killed = Files.exists(KILLED) ? Set.copyOf(Files.readAllLines(KILLED)) : Set.of();
    boolean anew = isSample(wanted);
    List<Mutant> tried =
        chosen(mutants, wanted).stream()
            .filter(m -> !equivalent.contains(m.name()) && (anew || !killed.contains(key(m))))
            .toList();
    List<Leaf> leaves = tried.isEmpty() ? List.of() : reach();
    SoftwareDevice.setTimeLimit(LONGEST_COMMAND);
    List<String> survivors = new ArrayList<>();
    for (Mutant mutant : tried) {
      if (!isKilled(mutant, leaves)) {
        survivors.add(mutant.name());
        System.out.println("survives: " + mutant.name());
      } else if (!killed.contains(key(mutant))) {
        Files.writeString(KILLED, key(mutant) + "\n", CREATE, APPEND);
      }
    }
    System.out.printf(
        "%d of %d mutants tried, %d survive; %d had been noticed before, %d are equivalent%n",
        tried.size(),
        mutants.size(),
        survivors.size(),
        mutants.stream().filter(m -> killed.contains(key(m))).count(),
        equivalent.size());
    assertThat(survivors).isEmpty();
  }

  /** A mutant of a file as it is now. */
  private static String key(Mutant mutant) {
    String file = mutant.name().substring(0, mutant.name().indexOf(' '));
    return "%08x %s".formatted(ShaderLibrary.resource(file).hashCode(), mutant.name());
  }

  private static boolean isSample(String wanted) {
    return wanted.matches("\\d+");
  }

  private static List<Mutant> chosen(List<Mutant> mutants, String wanted) {
    if (!isSample(wanted)) {
      List<String> beginnings = wanted.equals("all") ? List.of("") : List.of(wanted.split(","));
      return beginnings.stream()
          .flatMap(b -> mutants.stream().filter(m -> m.name().startsWith(b)))
          .distinct()
          .toList();
    }
    long count = Long.parseLong(wanted);
    long all = mutants.size();
    return IntStream.range(0, mutants.size())
        .filter(i -> i * count / all < (i + 1) * count / all)
        .mapToObj(mutants::get)
        .toList();
  }

  /** The names of mutants that compute the same; lines that begin with # are the reasons. */
  private static Set<String> equivalentMutants() throws IOException {
    try (InputStream in = KernelMutationsTest.class.getResourceAsStream("equivalent-mutants.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
      return text.lines()
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .collect(Collectors.toSet());
    }
  }

  /** Runs the whole contract, without mutants. */
  private List<Leaf> reach() {
    Map<String, Leaf> leaves = new LinkedHashMap<>();
    List<String> failed = new ArrayList<>();
    takeSites();
    execute(
        List.of(selectClass(Contract.class)),
        new TestExecutionListener() {
          private long start;

          @Override
          public void executionStarted(TestIdentifier test) {
            start = System.nanoTime();
          }

          @Override
          public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
              Objects.requireNonNull(instrumented).finish();
              Leaf leaf = new Leaf(test.getUniqueId());
              leaf.nanos = System.nanoTime() - start;
              leaf.sites.or(takeSites());
              leaves.put(leaf.id, leaf);
            }
            if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
              failed.add(test.getDisplayName() + ": " + result);
            }
          }
        });
    assertThat(failed).as("tests that fail without a mutant").isEmpty();
    return List.copyOf(leaves.values());
  }

  private BitSet takeSites() {
    BitSet sites = new BitSet();
    for (Mutant mutant : mutations.mutants()) {
      if (SoftwareDevice.takeSite(mutant.site())) {
        sites.set(mutant.site());
      }
    }
    return sites;
  }

  private boolean isKilled(Mutant mutant, List<Leaf> leaves) {
    List<Leaf> reaching =
        leaves.stream()
            .filter(leaf -> leaf.sites.get(mutant.site()))
            .sorted(Comparator.comparingLong(leaf -> leaf.nanos / (1 + leaf.kills)))
            .toList();
    SoftwareDevice.setMutant(mutant.site());
    try {
      for (int from = 0, to = 1; from < reaching.size(); from = to, to = 2 * to + 1) {
        List<Leaf> some = reaching.subList(from, Math.min(to, reaching.size()));
        if (fails(some, false) || fails(some, true)) {
          return true;
        }
      }
      return false;
    } finally {
      SoftwareDevice.setMutant(0);
    }
  }

  private boolean fails(List<Leaf> leaves, boolean reverse) {
    SoftwareDevice.setReverseOrder(reverse);
    Map<String, Leaf> byId = leaves.stream().collect(Collectors.toMap(leaf -> leaf.id, l -> l));
    List<Leaf> failing = new ArrayList<>();
    execute(
        leaves.stream().map(leaf -> selectUniqueId(leaf.id)).toList(),
        new TestExecutionListener() {
          @Override
          public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            Leaf leaf = byId.get(test.getUniqueId());
            if (leaf != null && result.getStatus() == TestExecutionResult.Status.FAILED) {
              failing.add(leaf);
            }
          }
        });
    Objects.requireNonNull(instrumented).finish();
    SoftwareDevice.setReverseOrder(false);
    if (!failing.isEmpty()) {
      failing.get(0).kills++;
    }
    return !failing.isEmpty();
  }

  private void execute(List<? extends DiscoverySelector> what, TestExecutionListener listener) {
    launcher.execute(LauncherDiscoveryRequestBuilder.request().selectors(what).build(), listener);
  }
}
