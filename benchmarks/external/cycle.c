// libfcgi on a unix socket: it has no other way in. A child process sends the bytes of one request again and again, each
// when the answer to the last one is complete; what is measured is this process alone, with what the socket costs the
// kernel. Arguments: a file with the bytes of the request, the path of the socket. Or --serve and the path of the socket:
// answers whoever comes, and measures nothing.
#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char request[65536];
static char body[1024];

static long long micros(struct timeval t) { return t.tv_sec * 1000000LL + t.tv_usec; }

static long long cpu_micros(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return micros(u.ru_utime) + micros(u.ru_stime);
}

static long long now_micros(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* The last record of an answer, END_REQUEST, is 16 bytes. */
static void client(const char *path, size_t length) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char answer[8192];
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) exit(1);
  for (;;) {
    size_t have = 0;
    if (write(fd, request, length) != (ssize_t)length) exit(0);
    for (;;) {
      ssize_t n = read(fd, answer + have, sizeof answer - have);
      if (n <= 0) exit(0);
      have += n;
      if (have >= 16 && answer[have - 16] == 1 && answer[have - 15] == 3) break;
    }
  }
}

static int answer_one(FCGX_Request *r) {
  if (FCGX_Accept_r(r) < 0) return 0;
  FCGX_FPrintF(r->out, "Content-Type: text/plain\r\nContent-Length: 1024\r\n\r\n");
  FCGX_PutStr(body, sizeof body, r->out);
  FCGX_Finish_r(r);
  return 1;
}

static int serve(const char *path) {
  FCGX_Request r;
  FCGX_Init();
  FCGX_InitRequest(&r, FCGX_OpenSocket(path, 128), 0);
  while (answer_one(&r));
  return 1;
}

int main(int argc, char **argv) {
  memset(body, 'b', sizeof body);
  if (argc == 3 && strcmp(argv[1], "--serve") == 0) return serve(argv[2]);
  FILE *file = fopen(argv[1], "rb");
  size_t length = file == NULL ? 0 : fread(request, 1, sizeof request, file);
  FCGX_Request r;
  char line[64];
  FCGX_Init();
  int fd = FCGX_OpenSocket(argv[2], 16);
  if (length == 0 || fd < 0) return 1;
  if (fork() == 0) client(argv[2], length);
  FCGX_InitRequest(&r, fd, 0);
  printf("ready\n");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    long long before = cpu_micros(), end = now_micros() + atoll(line) * 1000;
    int operations = 0;
    for (; now_micros() < end; operations++)
      if (!answer_one(&r)) return 1;
    printf("%d %lld\n", operations, cpu_micros() - before);
    fflush(stdout);
  }
  return 0;
}
