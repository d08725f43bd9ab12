/* SPDX-License-Identifier: MIT
 *
 * librdkafka, which is loaded when the first client is made and not when a program
 * starts: it brings OpenSSL and SASL, whose relocations are half of the time that a
 * program takes to begin, also where no topic is in sight. Include this and not
 * <librdkafka/rdkafka.h>: its functions then stand for those that were loaded, by the
 * two lists below, of what we call. What a test preloads is found before the library's own.
 */
#ifndef MDL_NET_KAFKA_LIB_H
#define MDL_NET_KAFKA_LIB_H

#include <librdkafka/rdkafka.h>

#include "base/err.h"

/* clang-format off */
#define MDL_KAFKA_LIB(F) \
	F(rd_kafka_abort_transaction) \
	F(rd_kafka_begin_transaction) \
	F(rd_kafka_clusterid) \
	F(rd_kafka_commit_queue) \
	F(rd_kafka_commit_transaction) \
	F(rd_kafka_committed) \
	F(rd_kafka_conf) \
	F(rd_kafka_conf_destroy) \
	F(rd_kafka_conf_get) \
	F(rd_kafka_conf_new) \
	F(rd_kafka_conf_set) \
	F(rd_kafka_conf_set_dr_msg_cb) \
	F(rd_kafka_conf_set_error_cb) \
	F(rd_kafka_conf_set_log_cb) \
	F(rd_kafka_conf_set_opaque) \
	F(rd_kafka_consume) \
	F(rd_kafka_consume_batch_queue) \
	F(rd_kafka_consume_start) \
	F(rd_kafka_consume_stop) \
	F(rd_kafka_consumer_group_metadata_destroy) \
	F(rd_kafka_consumer_group_metadata_new) \
	F(rd_kafka_destroy_flags) \
	F(rd_kafka_err2str) \
	F(rd_kafka_error_code) \
	F(rd_kafka_error_destroy) \
	F(rd_kafka_error_is_retriable) \
	F(rd_kafka_error_string) \
	F(rd_kafka_event_destroy) \
	F(rd_kafka_event_error) \
	F(rd_kafka_event_error_string) \
	F(rd_kafka_fatal_error) \
	F(rd_kafka_flush) \
	F(rd_kafka_get_watermark_offsets) \
	F(rd_kafka_header_get_all) \
	F(rd_kafka_init_transactions) \
	F(rd_kafka_last_error) \
	F(rd_kafka_mem_free) \
	F(rd_kafka_message_broker_id) \
	F(rd_kafka_message_destroy) \
	F(rd_kafka_message_errstr) \
	F(rd_kafka_message_headers) \
	F(rd_kafka_message_timestamp) \
	F(rd_kafka_metadata) \
	F(rd_kafka_metadata_destroy) \
	F(rd_kafka_name) \
	F(rd_kafka_new) \
	F(rd_kafka_offsets_for_times) \
	F(rd_kafka_poll) \
	F(rd_kafka_produce) \
	F(rd_kafka_purge) \
	F(rd_kafka_queue_destroy) \
	F(rd_kafka_queue_get_main) \
	F(rd_kafka_queue_get_partition) \
	F(rd_kafka_queue_io_event_enable) \
	F(rd_kafka_queue_new) \
	F(rd_kafka_queue_poll) \
	F(rd_kafka_send_offsets_to_transaction) \
	F(rd_kafka_topic_destroy) \
	F(rd_kafka_topic_name) \
	F(rd_kafka_topic_new) \
	F(rd_kafka_topic_partition_list_add) \
	F(rd_kafka_topic_partition_list_destroy) \
	F(rd_kafka_topic_partition_list_new) \
	F(rd_kafka_version)
/* clang-format on */

struct mdl_kafka_lib {
#define MDL_KAFKA_LIB_MEMBER(name) __typeof__(name) *name;
	MDL_KAFKA_LIB(MDL_KAFKA_LIB_MEMBER)
#undef MDL_KAFKA_LIB_MEMBER
};

/* Filled by mdl_kafka_lib_load(); null before. */
extern struct mdl_kafka_lib mdl_kafka_lib;

/* Before any other call of librdkafka; a second call does nothing. -1: it is not installed, or too old. */
int mdl_kafka_lib_load(struct mdl_err *err);

#define rd_kafka_abort_transaction(...) mdl_kafka_lib.rd_kafka_abort_transaction(__VA_ARGS__)
#define rd_kafka_begin_transaction(...) mdl_kafka_lib.rd_kafka_begin_transaction(__VA_ARGS__)
#define rd_kafka_clusterid(...) mdl_kafka_lib.rd_kafka_clusterid(__VA_ARGS__)
#define rd_kafka_commit_queue(...) mdl_kafka_lib.rd_kafka_commit_queue(__VA_ARGS__)
#define rd_kafka_commit_transaction(...) mdl_kafka_lib.rd_kafka_commit_transaction(__VA_ARGS__)
#define rd_kafka_committed(...) mdl_kafka_lib.rd_kafka_committed(__VA_ARGS__)
#define rd_kafka_conf(...) mdl_kafka_lib.rd_kafka_conf(__VA_ARGS__)
#define rd_kafka_conf_destroy(...) mdl_kafka_lib.rd_kafka_conf_destroy(__VA_ARGS__)
#define rd_kafka_conf_get(...) mdl_kafka_lib.rd_kafka_conf_get(__VA_ARGS__)
#define rd_kafka_conf_new(...) mdl_kafka_lib.rd_kafka_conf_new(__VA_ARGS__)
#define rd_kafka_conf_set(...) mdl_kafka_lib.rd_kafka_conf_set(__VA_ARGS__)
#define rd_kafka_conf_set_dr_msg_cb(...) mdl_kafka_lib.rd_kafka_conf_set_dr_msg_cb(__VA_ARGS__)
#define rd_kafka_conf_set_error_cb(...) mdl_kafka_lib.rd_kafka_conf_set_error_cb(__VA_ARGS__)
#define rd_kafka_conf_set_log_cb(...) mdl_kafka_lib.rd_kafka_conf_set_log_cb(__VA_ARGS__)
#define rd_kafka_conf_set_opaque(...) mdl_kafka_lib.rd_kafka_conf_set_opaque(__VA_ARGS__)
#define rd_kafka_consume(...) mdl_kafka_lib.rd_kafka_consume(__VA_ARGS__)
#define rd_kafka_consume_batch_queue(...) mdl_kafka_lib.rd_kafka_consume_batch_queue(__VA_ARGS__)
#define rd_kafka_consume_start(...) mdl_kafka_lib.rd_kafka_consume_start(__VA_ARGS__)
#define rd_kafka_consume_stop(...) mdl_kafka_lib.rd_kafka_consume_stop(__VA_ARGS__)
#define rd_kafka_consumer_group_metadata_destroy(...) \
	mdl_kafka_lib.rd_kafka_consumer_group_metadata_destroy(__VA_ARGS__)
#define rd_kafka_consumer_group_metadata_new(...) \
	mdl_kafka_lib.rd_kafka_consumer_group_metadata_new(__VA_ARGS__)
#define rd_kafka_destroy_flags(...) mdl_kafka_lib.rd_kafka_destroy_flags(__VA_ARGS__)
#define rd_kafka_err2str(...) mdl_kafka_lib.rd_kafka_err2str(__VA_ARGS__)
#define rd_kafka_error_code(...) mdl_kafka_lib.rd_kafka_error_code(__VA_ARGS__)
#define rd_kafka_error_destroy(...) mdl_kafka_lib.rd_kafka_error_destroy(__VA_ARGS__)
#define rd_kafka_error_is_retriable(...) mdl_kafka_lib.rd_kafka_error_is_retriable(__VA_ARGS__)
#define rd_kafka_error_string(...) mdl_kafka_lib.rd_kafka_error_string(__VA_ARGS__)
#define rd_kafka_event_destroy(...) mdl_kafka_lib.rd_kafka_event_destroy(__VA_ARGS__)
#define rd_kafka_event_error(...) mdl_kafka_lib.rd_kafka_event_error(__VA_ARGS__)
#define rd_kafka_event_error_string(...) mdl_kafka_lib.rd_kafka_event_error_string(__VA_ARGS__)
#define rd_kafka_fatal_error(...) mdl_kafka_lib.rd_kafka_fatal_error(__VA_ARGS__)
#define rd_kafka_flush(...) mdl_kafka_lib.rd_kafka_flush(__VA_ARGS__)
#define rd_kafka_get_watermark_offsets(...) mdl_kafka_lib.rd_kafka_get_watermark_offsets(__VA_ARGS__)
#define rd_kafka_header_get_all(...) mdl_kafka_lib.rd_kafka_header_get_all(__VA_ARGS__)
#define rd_kafka_init_transactions(...) mdl_kafka_lib.rd_kafka_init_transactions(__VA_ARGS__)
#define rd_kafka_last_error(...) mdl_kafka_lib.rd_kafka_last_error(__VA_ARGS__)
#define rd_kafka_mem_free(...) mdl_kafka_lib.rd_kafka_mem_free(__VA_ARGS__)
#define rd_kafka_message_broker_id(...) mdl_kafka_lib.rd_kafka_message_broker_id(__VA_ARGS__)
#define rd_kafka_message_destroy(...) mdl_kafka_lib.rd_kafka_message_destroy(__VA_ARGS__)
#define rd_kafka_message_errstr(...) mdl_kafka_lib.rd_kafka_message_errstr(__VA_ARGS__)
#define rd_kafka_message_headers(...) mdl_kafka_lib.rd_kafka_message_headers(__VA_ARGS__)
#define rd_kafka_message_timestamp(...) mdl_kafka_lib.rd_kafka_message_timestamp(__VA_ARGS__)
#define rd_kafka_metadata(...) mdl_kafka_lib.rd_kafka_metadata(__VA_ARGS__)
#define rd_kafka_metadata_destroy(...) mdl_kafka_lib.rd_kafka_metadata_destroy(__VA_ARGS__)
#define rd_kafka_name(...) mdl_kafka_lib.rd_kafka_name(__VA_ARGS__)
#define rd_kafka_new(...) mdl_kafka_lib.rd_kafka_new(__VA_ARGS__)
#define rd_kafka_offsets_for_times(...) mdl_kafka_lib.rd_kafka_offsets_for_times(__VA_ARGS__)
#define rd_kafka_poll(...) mdl_kafka_lib.rd_kafka_poll(__VA_ARGS__)
#define rd_kafka_produce(...) mdl_kafka_lib.rd_kafka_produce(__VA_ARGS__)
#define rd_kafka_purge(...) mdl_kafka_lib.rd_kafka_purge(__VA_ARGS__)
#define rd_kafka_queue_destroy(...) mdl_kafka_lib.rd_kafka_queue_destroy(__VA_ARGS__)
#define rd_kafka_queue_get_main(...) mdl_kafka_lib.rd_kafka_queue_get_main(__VA_ARGS__)
#define rd_kafka_queue_get_partition(...) mdl_kafka_lib.rd_kafka_queue_get_partition(__VA_ARGS__)
#define rd_kafka_queue_io_event_enable(...) mdl_kafka_lib.rd_kafka_queue_io_event_enable(__VA_ARGS__)
#define rd_kafka_queue_new(...) mdl_kafka_lib.rd_kafka_queue_new(__VA_ARGS__)
#define rd_kafka_queue_poll(...) mdl_kafka_lib.rd_kafka_queue_poll(__VA_ARGS__)
#define rd_kafka_send_offsets_to_transaction(...) \
	mdl_kafka_lib.rd_kafka_send_offsets_to_transaction(__VA_ARGS__)
#define rd_kafka_topic_destroy(...) mdl_kafka_lib.rd_kafka_topic_destroy(__VA_ARGS__)
#define rd_kafka_topic_name(...) mdl_kafka_lib.rd_kafka_topic_name(__VA_ARGS__)
#define rd_kafka_topic_new(...) mdl_kafka_lib.rd_kafka_topic_new(__VA_ARGS__)
#define rd_kafka_topic_partition_list_add(...) mdl_kafka_lib.rd_kafka_topic_partition_list_add(__VA_ARGS__)
#define rd_kafka_topic_partition_list_destroy(...) \
	mdl_kafka_lib.rd_kafka_topic_partition_list_destroy(__VA_ARGS__)
#define rd_kafka_topic_partition_list_new(...) mdl_kafka_lib.rd_kafka_topic_partition_list_new(__VA_ARGS__)
#define rd_kafka_version(...) mdl_kafka_lib.rd_kafka_version(__VA_ARGS__)

#endif
