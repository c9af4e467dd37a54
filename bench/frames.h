// frames.h: the WebSocket of load.c, RFC 6455: the request, what a server's bytes mean, a client's masked frames.
#ifndef FRAMES_H
#define FRAMES_H
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The key of every handshake is this one; floor.c answers it with the constant that belongs to it.
#define KEY "cGxhY2VzaXRlIGJlbmNoIQ=="
#define ACCEPT "6UxhTuyW8PbwbgAlDWlWMcJFeu4="

enum opcode { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

// The first whole frame in n bytes: its size with the header, or 0 when more must come.
static inline size_t frame_in(const unsigned char *p, size_t n, int *opcode, const unsigned char **body, size_t *length) {
    if (n < 2) return 0;
    size_t head = 2, size = p[1] & 127;
    int wide = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (wide) {
        if (n < head + wide) return 0;
        size = 0;
        for (int i = 0; i < wide; i++) size = size << 8 | p[head + i];
        head += wide;
    }
    if (n < head + size) return 0;
    *opcode = p[0] & 15, *body = p + head, *length = size;
    return head + size;
}

// A masked frame of up to 65,535 bytes, as clients must send them; its size.
static inline size_t frame_out(unsigned char *out, int opcode, const void *body, size_t length, uint32_t mask) {
    size_t head = 2;
    out[0] = 0x80 | opcode;
    if (length < 126) {
        out[1] = 0x80 | length;
    } else {
        out[1] = 0x80 | 126, out[2] = length >> 8, out[3] = length & 255;
        head = 4;
    }
    memcpy(out + head, &mask, 4);
    for (size_t i = 0; i < length; i++) out[head + 4 + i] = ((const unsigned char *)body)[i] ^ out[head + (i & 3)];
    return head + 4 + length;
}

static inline uint64_t little(const unsigned char *p, int bytes) {
    uint64_t value = 0;
    for (int i = bytes; i--;) value = value << 8 | p[i];
    return value;
}

// The whole number after `name` in a JSON text; -1 when it is not there.
static inline long long number_after(const void *text, size_t length, const char *name) {
    const char *at = memmem(text, length, name, strlen(name));
    return at ? atoll(at + strlen(name)) : -1;
}
#endif
