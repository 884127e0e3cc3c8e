/** What both native backends share; not exported. */
package org.tensorlogic.metal;
