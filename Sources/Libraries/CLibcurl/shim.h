#pragma once

// Its type checks are macros around the variadic functions, which the wrappers below replace.
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
// For malloc_usable_size, which Glibc's module leaves out.
#include <malloc.h>

// Swift does not import variadic functions: one wrapper for each type of argument.

// curl_easy_setopt with a long.
static inline CURLcode clibcurl_easy_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

// curl_easy_setopt with a curl_off_t.
static inline CURLcode clibcurl_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

// curl_easy_setopt with a string. libcurl copies it, except for CURLOPT_POSTFIELDS.
static inline CURLcode clibcurl_easy_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

// curl_easy_setopt with a pointer that libcurl keeps: a callback's context, a share, a header list.
static inline CURLcode clibcurl_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}

// curl_easy_setopt with CURLOPT_HTTPHEADER. libcurl keeps the list and does not copy it.
static inline CURLcode clibcurl_easy_set_headers(CURL *easy, struct curl_slist *headers) {
  return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
}

// curl_easy_setopt with CURLOPT_WRITEFUNCTION.
static inline CURLcode clibcurl_easy_set_write(CURL *easy, curl_write_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, callback);
}

// curl_easy_setopt with CURLOPT_PREREQFUNCTION.
static inline CURLcode clibcurl_easy_set_prerequest(CURL *easy, curl_prereq_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

// curl_easy_setopt with CURLOPT_OPENSOCKETFUNCTION.
static inline CURLcode clibcurl_easy_set_open_socket(CURL *easy,
                                                     curl_opensocket_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

// curl_easy_setopt with CURLOPT_CLOSESOCKETFUNCTION.
static inline CURLcode clibcurl_easy_set_close_socket(CURL *easy,
                                                      curl_closesocket_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, callback);
}

// The options that change with each request, in one call. A null url leaves the one that is set.
// The body is not copied; for a null one libcurl would call back, so it becomes an empty one.
static inline CURLcode clibcurl_easy_set_request(CURL *easy, const char *url, const void *body,
                                                 long body_size) {
  CURLcode code = url ? curl_easy_setopt(easy, CURLOPT_URL, url) : CURLE_OK;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body ? body : "");
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, body_size);
  return code;
}

// curl_easy_getinfo for a long.
static inline CURLcode clibcurl_easy_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}

// curl_easy_getinfo for a curl_off_t.
static inline CURLcode clibcurl_easy_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}

// curl_easy_getinfo for CURLINFO_PRIVATE.
static inline CURLcode clibcurl_easy_get_private(CURL *easy, void **value) {
  return curl_easy_getinfo(easy, CURLINFO_PRIVATE, value);
}

// curl_multi_setopt with a long.
static inline CURLMcode clibcurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

// curl_multi_setopt with a callback's context.
static inline CURLMcode clibcurl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
  return curl_multi_setopt(multi, option, value);
}

// curl_multi_setopt with CURLMOPT_SOCKETFUNCTION.
static inline CURLMcode clibcurl_multi_set_socket(CURLM *multi, curl_socket_callback callback) {
  return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}

// curl_multi_setopt with CURLMOPT_TIMERFUNCTION.
static inline CURLMcode clibcurl_multi_set_timer(CURLM *multi, curl_multi_timer_callback callback) {
  return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}

// curl_share_setopt with CURLSHOPT_SHARE.
static inline CURLSHcode clibcurl_share_add(CURLSH *share, curl_lock_data data) {
  return curl_share_setopt(share, CURLSHOPT_SHARE, data);
}

// curl_version_info with CURLVERSION_NOW, a macro that Swift cannot import.
static inline const curl_version_info_data *clibcurl_version(void) {
  return curl_version_info(CURLVERSION_NOW);
}

// The result of a finished transfer, a member of a union in CURLMsg.
static inline CURLcode clibcurl_message_result(const CURLMsg *message) {
  return message->data.result;
}
