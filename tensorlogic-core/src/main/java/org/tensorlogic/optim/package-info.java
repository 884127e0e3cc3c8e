/** Learning by gradient descent: parameters, optimizers, learning-rate schedules. */
package org.tensorlogic.optim;
