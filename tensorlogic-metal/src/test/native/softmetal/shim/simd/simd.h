// Apple's vectors for host and device: the shim has them already.
#pragma once
