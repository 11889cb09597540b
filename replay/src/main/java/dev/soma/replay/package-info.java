/// Checks decision receipts (docs/design/decision-receipt.md): that the log has the verdict, and
/// that the rules give it. Written from that page alone; it shares no code with the platform.
@NullMarked
package dev.soma.replay;

import org.jspecify.annotations.NullMarked;
