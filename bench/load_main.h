// load_main.h: the second half of load.c: opening clients, commands, the loop.

static void connect_next(void) {
    struct client *c = &clients[started];
    struct sockaddr_in from = {AF_INET, 0, {htonl(0x7F000101 + (started / 10000 << 8))}, {0}};
    struct sockaddr_in to = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
    int yes = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) {
        perror("load: socket");
        exit(1);
    }
    c->state = CONNECTING, c->has_cookie = started < cookies_count;
    started++;
    // A source address for every 10,000: the ports of one do not suffice.
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    bind(c->fd, (struct sockaddr *)&from, sizeof from);
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) say_gone(c, strerror(errno));
    struct epoll_event event = {EPOLLIN | EPOLLOUT, {.ptr = c}};
    if (c->state != GONE) epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void connected(struct client *c) {
    char request[1024], cookie[512] = "";
    if (c->has_cookie) snprintf(cookie, sizeof cookie, "Cookie: place_player=%s\r\n", cookies[c - clients]);
    int n = snprintf(request, sizeof request,
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n%s\r\n", path, port, port, cookie);
    struct epoll_event event = {EPOLLIN, {.ptr = c}};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
    c->state = SHAKING;
    if (send(c->fd, request, n, MSG_NOSIGNAL) != n) say_gone(c, "the request could not be written");
}

static void say_histogram(const unsigned long *histogram) {
    const char *comma = "";
    printf("{\"step_ms\": 0.1, \"steps\": [");
    for (int i = 0; i < STEPS; i++)
        if (histogram[i]) printf("%s[%d, %lu]", comma, i, histogram[i]), comma = ", ";
    printf("]}\n");
}

static void say_state(void) {
    uint64_t seq = 0, hash = 0;
    int alike = 0;
    for (int i = 0; i < started; i++) {
        if (clients[i].state != OPEN) continue;
        if (!seq) seq = clients[i].next_seq, hash = clients[i].hash;
        alike += clients[i].next_seq == seq && clients[i].hash == hash;
    }
    if (ack_file) fflush(ack_file);
    printf("{\"open\": %d, \"alike\": %d, \"seq\": %lu, \"hash\": %lu}\n", n_open, alike, seq - 1, hash);
}

static void say_count(void) {
    printf("{\"at\": %.6f, \"open\": %d, \"gone\": %d, \"deltas\": %lu, \"pixels\": %lu, \"texts\": %lu, \"heartbeats\": %lu, "
           "\"bytes\": %lu, \"sent\": %lu, \"placed\": %lu, \"refused\": %lu, \"gaps\": %lu, \"under_way\": %lu}\n",
           now(), n_open, n_gone, total.deltas, total.pixels, total.texts, total.heartbeats, total.bytes, total.sent,
           total.placed, total.refused, total.gaps, under_way);
}

static void command(char *line) {
    double number = 0;
    char word[16] = "";
    int more = 0;
    if (sscanf(line, "open %d %d", &more, &in_flight_max) == 2) {
        clients = realloc(clients, (wanted + more) * sizeof *clients);
        memset(clients + wanted, 0, more * sizeof *clients);
        for (int i = 0; i < started; i++) {  // they have moved
            struct epoll_event event = {EPOLLIN, {.ptr = &clients[i]}};
            if (clients[i].state == OPEN) epoll_ctl(epoll, EPOLL_CTL_MOD, clients[i].fd, &event);
        }
        wanted += more, opened_at = now(), answering = 1;
        free(ready);
        ready = calloc(wanted, sizeof *ready);
        return;
    }
    sscanf(line, "%15s %lf", word, &number);
    if (!strcmp(word, "count")) return say_count();
    if (!strcmp(word, "state")) return say_state();
    if (!strcmp(word, "seen")) return say_histogram(seen);
    if (!strcmp(word, "acks")) return say_histogram(acks);
    if (!strcmp(word, "drain")) {
        rate = 0, window = 0, drain_until = now() + number;
        return;
    }
    if (!strcmp(word, "reset")) {
        memset(seen, 0, STEPS * sizeof *seen), memset(acks, 0, STEPS * sizeof *acks);
    } else if (!strcmp(word, "place")) {
        rate = number, window = 0, next_due = now();
    } else if (!strcmp(word, "flood")) {
        rate = 0, window = number, under_way = 0, ready_head = ready_tail = 0;
        for (int i = 0; i < started; i++)
            if (clients[i].state == OPEN && clients[i].has_cookie) make_ready(i);
    } else {
        printf("{\"error\": \"unknown command\"}\n");
        return;
    }
    printf("{}\n");
}

static void place_what_is_due(double at) {
    while (rate > 0 && next_due <= at) {
        next_due += 1 / rate;
        for (int tries = 0; tries < cookies_count; tries++) {
            struct client *c = &clients[turn++ % cookies_count];
            if (c->state == OPEN) {
                place(c, now());
                break;
            }
        }
    }
    while (window && under_way < window && ready_head < ready_tail) {
        struct client *c = &clients[ready[ready_head % wanted]];
        if (c->state == OPEN && c->ready > at) break;
        ready_head++;
        if (c->state == OPEN) place(c, now());
    }
}

static void read_cookies(const char *name) {
    char line[512];
    FILE *file = fopen(name, "r");
    if (!file) {
        perror(name);
        exit(1);
    }
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        cookies = realloc(cookies, ++cookies_count * sizeof *cookies);
        cookies[cookies_count - 1] = strdup(line);
    }
    fclose(file);
}

static int read_commands(void) {
    static char input[4096];
    static size_t length;
    ssize_t n = read(0, input + length, sizeof input - 1 - length);
    if (n <= 0) return 0;
    length += n, input[length] = 0;
    for (char *end; (end = strchr(input, '\n'));) {
        *end = 0;
        command(input);
        memmove(input, end + 1, length -= end + 1 - input), input[length] = 0;
    }
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 6) {
        fprintf(stderr, "usage: load PORT PATH WIDTH HEIGHT COLORS [COOKIES [ACKS]]\n");
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    port = atoi(argv[1]), path = argv[2], width = atoi(argv[3]), cells = width * atoi(argv[4]), colors = atoi(argv[5]);
    if (argc > 6) read_cookies(argv[6]);
    if (argc > 7) ack_file = fopen(argv[7], "wb");
    sent_at = calloc(cells, sizeof *sent_at), sender = calloc(cells, sizeof *sender);
    seen = calloc(STEPS, sizeof *seen), acks = calloc(STEPS, sizeof *acks);
    setvbuf(stdout, NULL, _IOLBF, 1 << 20);
    run_id = getpid() ^ (uint32_t)(now() * 1e6);
    static struct epoll_event events[1024], commands = {EPOLLIN, {.ptr = NULL}};
    epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &commands);
    for (;;) {
        while (started < wanted && started - n_open - n_gone < in_flight_max) connect_next();
        int n = epoll_wait(epoll, events, 1024, rate > 0 || window ? 1 : 20);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (!c) {
                if (!read_commands()) return 0;
                break;  // `open` may have moved the clients
            }
            if (c->state == CONNECTING && events[i].events & EPOLLOUT) connected(c);
            else if (c->state != GONE) readable(c);
        }
        double at = now();
        place_what_is_due(at);
        if (answering && n_open + n_gone >= wanted) {
            answering = 0;
            printf("{\"open\": %d, \"gone\": %d, \"seconds\": %.3f}\n", n_open, n_gone, at - opened_at);
        }
        if (drain_until && (!under_way || at > drain_until)) drain_until = 0, say_count();
    }
}
