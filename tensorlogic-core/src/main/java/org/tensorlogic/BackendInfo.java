package org.tensorlogic;

/**
 * What is known of one backend.
 *
 * @param name by which it is chosen
 * @param rank the highest available one is the default
 * @param available whether it runs here
 * @param isDefault whether {@link Backends#best} gives it
 * @param detail what runs, or why it does not
 * @param liveBytes native memory held by live tensors
 */
public record BackendInfo(
    String name, int rank, boolean available, boolean isDefault, String detail, long liveBytes) {}
