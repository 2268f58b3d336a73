/* The floor: one write(2) for each client, and nothing else. Any upgrade is taken. Commands as in control.py. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 8192
static int clients[MOST], count;
static const char HELLO[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

static void let_in(int listener) {
    char head[4096];
    size_t size = 0;
    int one = 1, client = accept(listener, NULL, NULL);
    if (client < 0 || count == MOST) return;
    while (size < sizeof head - 1) {
        ssize_t got = read(client, head + size, sizeof head - 1 - size);
        if (got <= 0) break;
        head[size += (size_t)got] = 0;
        if (strstr(head, "\r\n\r\n")) break;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (write(client, HELLO, sizeof HELLO - 1) > 0) clients[count++] = client;
}

static void publish(int burst, int size) {
    static char frame[70000];
    struct timespec now;
    frame[0] = (char)0x81;
    frame[1] = 126;
    frame[2] = (char)(size >> 8);
    frame[3] = (char)size;
    memset(frame + 4, 'x', (size_t)size);
    clock_gettime(CLOCK_MONOTONIC, &now);
    int at = snprintf(frame + 4, 64, "{\"at\":\"%019lld\",\"pad\":\"", now.tv_sec * 1000000000LL + now.tv_nsec);
    frame[4 + at] = 'x';
    memcpy(frame + 2 + size, "\"}", 2);
    for (int n = 0; n < burst; n++)
        for (int i = 0; i < count; i++)
            if (write(clients[i], frame, (size_t)size + 4) < 0 && errno == EPIPE) clients[i--] = clients[--count];
}

static void go(long rounds, long period_us, int burst, int size) {
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (long n = 0; n < rounds; n++) {
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        publish(burst, size);
        due.tv_nsec += period_us % 1000000 * 1000;
        due.tv_sec += period_us / 1000000 + due.tv_nsec / 1000000000;
        due.tv_nsec %= 1000000000;
    }
    puts("done");
    fflush(stdout);
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    signal(SIGPIPE, SIG_IGN);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1024)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct pollfd ready[2] = {{.fd = 0, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
    while (poll(ready, 2, -1) > 0) {
        if (ready[1].revents) let_in(listener);
        if (ready[0].revents) {
            char line[256];
            long rounds, period_us;
            int burst, size;
            if (!fgets(line, sizeof line, stdin)) return 0;
            if (sscanf(line, "go %ld %ld %d %d", &rounds, &period_us, &burst, &size) == 4)
                go(rounds, period_us, burst, size);
        }
    }
    return 0;
}
