// floor.c: the least that it can cost to send one small frame to each of N clients on this machine.
//
//   floor PORT CLIENTS FRAMES_PER_SECOND BYTES
//
// Answers the handshakes of load.c, then calls send(2) with one ready-made frame for every client, one pass after the
// other, and does nothing else. No board, no database, no check. Ends when its last client has left.
#include "frames.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char response[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n";

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in here = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&here, sizeof here) || listen(fd, 4096)) {
        perror("floor: listen");
        exit(1);
    }
    return fd;
}

// One client, its handshake answered; -1 when it left before.
static int welcome(int listener) {
    char request[2048];
    size_t got = 0;
    int fd = accept(listener, NULL, NULL), yes = 1;
    if (fd < 0) return -1;
    while (!memmem(request, got, "\r\n\r\n", 4)) {
        ssize_t n = got < sizeof request ? read(fd, request + got, sizeof request - got) : 0;
        if (n <= 0) {
            close(fd);
            return -1;
        }
        got += n;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (write(fd, response, sizeof response - 1) < 0) perror("floor: write");
    return fd;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: floor PORT CLIENTS FRAMES_PER_SECOND BYTES\n");
        return 2;
    }
    int clients = atoi(argv[2]), size = atoi(argv[4]), alive = 0;
    long period = 1e9 / atof(argv[3]);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = listen_on(atoi(argv[1])), *fds = calloc(clients, sizeof *fds);
    while (alive < clients)
        if ((fds[alive] = welcome(listener)) >= 0) alive++;
    unsigned char frame[128] = {0x80 | BINARY, size - 2};
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (alive) {
        next.tv_nsec += period % 1000000000, next.tv_sec += period / 1000000000;
        if (next.tv_nsec >= 1000000000) next.tv_nsec -= 1000000000, next.tv_sec++;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
        for (int i = 0; i < clients; i++) {
            if (fds[i] < 0 || send(fds[i], frame, size, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EAGAIN) continue;
            close(fds[i]);
            fds[i] = -1, alive--;
        }
    }
    return 0;
}
