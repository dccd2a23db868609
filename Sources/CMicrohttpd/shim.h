#pragma once
// libmicrohttpd for Swift: its variadic functions behind fixed ones, since Swift cannot call those.
#include <microhttpd.h>
#include <string.h>

typedef void *(*mhd_target_callback)(void *cls, const char *target, struct MHD_Connection *connection);

struct mhd_config {
  int listen_fd;                        // already listening; stays with the caller
  unsigned connections_max;
  unsigned connections_per_address_max; // 0: no cap
  size_t connection_memory;             // head and read buffer of one connection, bytes
  MHD_AccessHandlerCallback handler;
  MHD_RequestCompletedCallback completed;
  MHD_NotifyConnectionCallback connection;
  mhd_target_callback target;           // the request line is whole; its result must be NULL
  void *cls;                            // given to each of the four
};

// Leaves the target as it came: the library's own decoding turns %00 into the end of the path.
static inline size_t mhd_keep_escapes(void *cls, struct MHD_Connection *connection, char *text) {
  (void)cls;
  (void)connection;
  return strlen(text);
}

// The library's messages quote what peers sent, and go to standard error unless somebody takes them.
static inline void mhd_discard_message(void *cls, const char *format, va_list arguments) {
  (void)cls;
  (void)format;
  (void)arguments;
}

static inline struct MHD_Daemon *mhd_start(const struct mhd_config *config) {
  return MHD_start_daemon(
      // No thread flag: the caller's loop drives the library through MHD_run.
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_ERROR_LOG | MHD_USE_SUPPRESS_DATE_NO_CLOCK,
      0, NULL, NULL, config->handler, config->cls,
      MHD_OPTION_EXTERNAL_LOGGER, mhd_discard_message, NULL, // first, or early messages escape it
      MHD_OPTION_UNESCAPE_CALLBACK, mhd_keep_escapes, NULL,
      MHD_OPTION_URI_LOG_CALLBACK, config->target, config->cls,
      MHD_OPTION_LISTEN_SOCKET, (MHD_socket)config->listen_fd,
      MHD_OPTION_CONNECTION_LIMIT, config->connections_max,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, config->connections_per_address_max,
      MHD_OPTION_CONNECTION_TIMEOUT, 0u, // every deadline is the loop's own, to the millisecond
      // Without this the library drops a target with a space silently, and sends the head of its answer to a request without
      // Host twice. Both are ours to refuse.
      MHD_OPTION_STRICT_FOR_CLIENT, 0,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, config->connection_memory,
      MHD_OPTION_NOTIFY_COMPLETED, config->completed, config->cls,
      MHD_OPTION_NOTIFY_CONNECTION, config->connection, config->cls,
      MHD_OPTION_END);
}

static inline int mhd_connection_fd(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

static inline const struct sockaddr *mhd_peer_address(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info ? info->client_addr : NULL;
}

// What the notice of a new connection left in its socket context.
static inline void *mhd_socket_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

// Ends the library's part in an upgraded connection.
static inline enum MHD_Result mhd_upgrade_close(struct MHD_UpgradeResponseHandle *ticket) {
  return MHD_upgrade_action(ticket, MHD_UPGRADE_ACTION_CLOSE);
}

static inline int mhd_epoll_fd(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info ? info->epoll_fd : -1;
}
