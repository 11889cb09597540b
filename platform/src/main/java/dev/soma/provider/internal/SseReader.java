package dev.soma.provider.internal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads server-sent events from bytes that are split anywhere, by the rules of the WHATWG HTML
/// standard (section
/// 9.2.6): byte order mark once, three kinds of line end, several `data` lines to one event,
/// comments. An event that
/// is unfinished at the end is dropped. Not thread-safe.
final class SseReader {
    private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private final int maxEventBytes;
    private byte[] line = new byte[512];
    private int lineLength;
    private byte[] data = new byte[512];
    private int dataLength;
    private boolean hasData;
    private boolean afterReturn;
    private boolean firstLine = true;

    /// Takes the data of each event.
    interface Events {
        void data(byte[] bytes, int length);
    }

    /// The stream holds a line or an event that is too long.
    static final class TooLarge extends Exception {
        private static final long serialVersionUID = 1L;
    }

    SseReader(int maxEventBytes) {
        this.maxEventBytes = maxEventBytes;
    }

    void feed(byte[] bytes, Events events) throws TooLarge {
        for (byte b : bytes) {
            if (afterReturn && b == '\n') {
                afterReturn = false;
                continue;
            }
            afterReturn = b == '\r';
            if (b == '\r' || b == '\n') {
                endLine(events);
            } else {
                line = room(line, lineLength + 1);
                line[lineLength++] = b;
            }
        }
    }

    private byte[] room(byte[] buffer, int needed) throws TooLarge {
        if (needed > maxEventBytes) {
            throw new TooLarge();
        }
        return needed <= buffer.length
                ? buffer
                : Arrays.copyOf(buffer, Math.max(needed, buffer.length * 2));
    }

    private void endLine(Events events) throws TooLarge {
        int start =
                firstLine && Arrays.equals(line, 0, Math.min(3, lineLength), MARK, 0, 3) ? 3 : 0;
        firstLine = false;
        if (lineLength == start) {
            if (hasData) {
                events.data(data, dataLength);
            }
            hasData = false;
            dataLength = 0;
        } else if (isField(start)) {
            int value = Math.min(lineLength, start + 5);
            if (value < lineLength && line[value] == ' ') {
                value++;
            }
            data = room(data, dataLength + lineLength - value + 1);
            if (hasData) {
                data[dataLength++] = '\n';
            }
            System.arraycopy(line, value, data, dataLength, lineLength - value);
            dataLength += lineLength - value;
            hasData = true;
        }
        lineLength = 0;
    }

    private boolean isField(int start) {
        byte[] name = "data".getBytes(StandardCharsets.US_ASCII);
        int length = lineLength - start;
        return length >= 4
                && Arrays.equals(line, start, start + 4, name, 0, 4)
                && (length == 4 || line[start + 4] == ':');
    }
}
