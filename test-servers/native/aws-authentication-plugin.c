/*
 * A server plugin with the name and the behaviour of the one in Amazon RDS: it asks the client for a clear-text
 * password, which is the token, and lets somebody else judge it, here a listener on 127.0.0.1:VERDICT_PORT.
 *
 * The few structures are written down here as the servers' plugin interfaces lay them out, so that one file without any
 * headers of a vendor serves MySQL 8 and 9 and MariaDB. MariaDB looks for the _maria_ symbols first.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { authenticated = -1, refused = 0 };
enum { type_authentication = 7, license_gpl = 1, maturity_stable = 4 };

struct vio {
  int (*read_packet)(struct vio *, unsigned char **);
  int (*write_packet)(struct vio *, const unsigned char *, int);
  void (*info)(struct vio *, void *);
};

/* Both servers go on differently behind these fields. */
struct auth_info {
  const char *user_name;
  unsigned int user_name_length;
};

static int ask_verdict(const char *user, size_t user_length, const char *token, size_t token_length) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(VERDICT_PORT)};
  char answer[4] = {0};
  int allowed = 0;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return 0;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&place, sizeof place) == 0) {
    FILE *stream = fdopen(dup(fd), "w");
    if (stream != NULL) {
      fprintf(stream, "%.*s\n%.*s\n", (int)user_length, user, (int)token_length, token);
      fclose(stream);
      allowed = read(fd, answer, 3) == 3 && memcmp(answer, "yes", 3) == 0;
    }
  }
  close(fd);
  return allowed;
}

static int authenticate(struct vio *vio, struct auth_info *info) {
  unsigned char *packet;
  int length = vio->read_packet(vio, &packet);
  if (length < 1) return refused;
  if (packet[length - 1] == 0) length -= 1;
  return ask_verdict(info->user_name, info->user_name_length, (char *)packet, length) ? authenticated : refused;
}

/* MySQL asks these about `AS 'RDS'`: whatever stands there is kept as it is. */
static int make_string(char *out, unsigned int *length, const char *in, unsigned int in_length) {
  if (*length < in_length) return 1;
  memcpy(out, in, in_length);
  *length = in_length;
  return 0;
}
static int accept_string(char *text, unsigned int length) { return text == NULL && length > 0; }
static int no_salt(const char *text, unsigned int length, unsigned char *salt, unsigned char *salt_length) {
  (void)text, (void)length, (void)salt;
  *salt_length = 0;
  return 0;
}

static struct {
  int version;
  const char *client_plugin;
  int (*authenticate)(struct vio *, struct auth_info *);
  int (*make_string)(char *, unsigned int *, const char *, unsigned int);
  int (*accept_string)(char *, unsigned int);
  int (*set_salt)(const char *, unsigned int, unsigned char *, unsigned char *);
  unsigned long flags;
  void *compare;
} mysql_auth = {0x0201, "mysql_clear_password", authenticate, make_string, accept_string, no_salt, 0, NULL};

static struct {
  int version;
  const char *client_plugin;
  int (*authenticate)(struct vio *, struct auth_info *);
  void *hash_password, *preprocess_hash;
} maria_auth = {0x0202, "mysql_clear_password", authenticate, NULL, NULL};

#define NAME "AWSAuthenticationPlugin"
#define ABOUT "Tidegate tests", "Asks for a token of RDS IAM authentication", license_gpl

struct mysql_plugin {
  int type;
  void *info;
  const char *name, *author, *description;
  int license;
  void *init, *check_uninstall, *deinit;
  unsigned int version;
  void *status, *variables, *reserved;
  unsigned long flags;
} _mysql_plugin_declarations_[] = {
    {type_authentication, &mysql_auth, NAME, ABOUT, NULL, NULL, NULL, 0x0100, NULL, NULL, NULL, 0}, {0}};
int _mysql_plugin_interface_version_ = 0x010B;
int _mysql_sizeof_struct_st_plugin_ = sizeof(struct mysql_plugin);

struct maria_plugin {
  int type;
  void *info;
  const char *name, *author, *description;
  int license;
  void *init, *deinit;
  unsigned int version;
  void *status, *variables;
  const char *version_text;
  unsigned int maturity;
} _maria_plugin_declarations_[] = {
    {type_authentication, &maria_auth, NAME, ABOUT, NULL, NULL, 0x0100, NULL, NULL, "1.0", maturity_stable}, {0}};
int _maria_plugin_interface_version_ = 0x010f;
int _maria_sizeof_struct_st_plugin_ = sizeof(struct maria_plugin);
