// load.c: many WebSocket clients of one server on loopback, in one thread with epoll: they watch, and they place.
//
//   load PORT PATH WIDTH HEIGHT COLORS [COOKIES [ACKS]]
//
// COOKIES has one value of place_player a line: the first clients are these players and may place. ACKS is written:
// for every acknowledged placement seq (u64), cell (u32), colour (u32). Commands come on stdin, one a line, each is
// answered with one line of JSON:
//
//   open N IN_FLIGHT   N more clients, so many handshakes at a time; answered when each is open or refused
//   place RATE         so many placements a second from now on, in turn by all players; 0 ends it
//   flood WINDOW       as fast as they are acknowledged, so many under way at once; a player waits 105 ms in between
//   count              the totals until now
//   drain SECONDS      stop placing; answered when all are answered, or after so long
//   seen | acks        the histogram of the latencies since the last `reset`, in steps of 0.1 ms
//   reset              forget the histograms
//   state              what the clients have in common: the seq they have reached, a hash of all they were told
//
// A placement is known by its cell: each takes the next of a walk through all cells, so whoever is told of a cell
// knows when it was asked for, and by whom.
#include "frames.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STEPS 200000  // of 0.1 ms: 20 s; what takes longer counts as that
#define PAUSE 0.105   // of one player: the server allows ten messages a second
#define STRIDE 611953ull

enum state { CONNECTING, SHAKING, OPEN, GONE };

struct client {
    int fd, has_cookie;
    enum state state;
    unsigned char *kept;  // the beginning of what has not come whole
    size_t kept_length;
    uint64_t next_seq, hash;
    double ready;  // when it may place again
};

static struct {
    unsigned long deltas, pixels, texts, heartbeats, bytes, sent, placed, refused, gaps;
} total;
static struct client *clients;
static int epoll, port, wanted, started, n_open, n_gone, in_flight_max = 1, cookies_count, colors, answering, *ready;
static uint32_t cells, width, *sender, run_id;
static double rate, next_due, drain_until, opened_at, *sent_at;
static unsigned long window, under_way, ready_head, ready_tail, turn, *seen, *acks;
static char **cookies;
static const char *path;
static FILE *ack_file;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void count_latency(unsigned long *histogram, double seconds) {
    long step = seconds * 1e4;
    histogram[step < 0 ? 0 : step < STEPS ? step : STEPS - 1]++;
}

static void say_gone(struct client *c, const char *why) {
    if (c->state == GONE) return;
    if (c->state == OPEN) n_open--;
    if (n_gone++ < 5) fprintf(stderr, "load: client %ld left: %.120s\n", c - clients, why);
    close(c->fd);
    free(c->kept);
    c->kept = NULL, c->kept_length = 0, c->state = GONE;
}

static void write_frame(struct client *c, int opcode, const void *body, size_t length) {
    unsigned char out[512];
    size_t size = frame_out(out, opcode, body, length, random());
    if (send(c->fd, out, size, MSG_NOSIGNAL) != (ssize_t)size) say_gone(c, "cannot be written to");
}

// ready[]: the players that may place, oldest first; a ring, each in it at most once.
static void make_ready(int index) { ready[ready_tail++ % wanted] = index; }

static void place(struct client *c, double at) {
    char text[160];
    uint32_t cell = total.sent * STRIDE % cells;
    int n = snprintf(text, sizeof text, "{\"type\":\"place\",\"id\":\"%08x-0000-4000-8000-%012lx\",\"x\":%u,\"y\":%u,\"color\":%lu}",
                     run_id, total.sent, cell % width, cell / width, 1 + total.sent % (colors - 1));
    sent_at[cell] = at, sender[cell] = c - clients, c->ready = at + PAUSE;
    total.sent++, under_way++;
    write_frame(c, TEXT, text, n);
}

static void answered(struct client *c, const unsigned char *p, size_t n, int placed) {
    const char *id = memmem(p, n, "-8000-", 6);
    if (!id || !under_way) return;
    unsigned long k = strtoul(id + 6, NULL, 16);
    uint32_t cell = k * STRIDE % cells;
    under_way--;
    if (window) make_ready(c - clients);
    if (!placed) {
        if (total.refused++ < 3) fprintf(stderr, "load: %.*s\n", (int)n, p);
        return;
    }
    total.placed++;
    count_latency(acks, now() - sent_at[cell]);
    if (ack_file) {
        struct { uint64_t seq; uint32_t cell, color; } ack = {number_after(p, n, "\"seq\":"), cell, 1 + k % (colors - 1)};
        fwrite(&ack, sizeof ack, 1, ack_file);
    }
}

static void told(struct client *c, const unsigned char *p, size_t n) {
    if (p[0] != 1) {
        total.heartbeats++;
        return;
    }
    unsigned count = little(p + 2, 2);
    uint64_t first = little(p + 4, 8);
    if (n != 12 + 5 * count || (c->next_seq && first != c->next_seq)) total.gaps++;
    c->next_seq = first + count;
    total.deltas++, total.pixels += count;
    double at = now();
    for (const unsigned char *r = p + 12; r < p + n; r += 5) {
        uint32_t cell = little(r, 2) + little(r + 2, 2) * width;
        c->hash = c->hash * 0x9E3779B97F4A7C15ull + (little(r, 5) + 1);
        if (cell < cells && sent_at[cell] > 0 && sender[cell] != (uint32_t)(c - clients)) count_latency(seen, at - sent_at[cell]);
    }
}

static void text(struct client *c, const unsigned char *p, size_t n) {
    total.texts++;
    if (n > 16 && !memcmp(p, "{\"type\":\"placed\"", 16)) answered(c, p, n, 1);
    else if (n > 17 && !memcmp(p, "{\"type\":\"refused\"", 17)) answered(c, p, n, 0);
    else if (n > 15 && !memcmp(p, "{\"type\":\"hello\"", 15)) c->next_seq = number_after(p, n, "\"seq\":") + 1;
}

// How many of these bytes were understood; 0 when more must come.
static size_t understand(struct client *c, const unsigned char *p, size_t n) {
    const unsigned char *body;
    size_t length;
    int opcode;
    if (c->state == SHAKING) {
        const unsigned char *end = memmem(p, n, "\r\n\r\n", 4);
        if (!end) return 0;
        if (n < 12 || memcmp(p, "HTTP/1.1 101", 12)) {
            say_gone(c, (const char *)p);
            return 0;
        }
        c->state = OPEN, n_open++;
        return end + 4 - p;
    }
    size_t size = frame_in(p, n, &opcode, &body, &length);
    if (!size) return 0;
    if (opcode == BINARY) told(c, body, length);
    else if (opcode == TEXT) text(c, body, length);
    else if (opcode == PING) write_frame(c, PONG, body, length);
    else if (opcode == CLOSE) say_gone(c, length > 2 ? (const char *)body + 2 : "closed");
    return size;
}

static void readable(struct client *c) {
    static unsigned char buffer[1 << 19];
    size_t kept = c->kept_length, used = 0, k;
    if (kept) memcpy(buffer, c->kept, kept);
    ssize_t n = recv(c->fd, buffer + kept, sizeof buffer - 1 - kept, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        say_gone(c, n ? strerror(errno) : "the server ended the connection");
        return;
    }
    total.bytes += n, n += kept, buffer[n] = 0;
    while (c->state != GONE && (k = understand(c, buffer + used, n - used))) used += k;
    if (c->state == GONE) return;
    if ((c->kept_length = n - used)) {
        c->kept = realloc(c->kept, n - used);
        memcpy(c->kept, buffer + used, n - used);
    }
}
#include "load_main.h"
