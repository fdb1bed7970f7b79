/* SPDX-License-Identifier: Apache-2.0 */
/* protobuf_table: the messages of Kubernetes' kinds; generate-protobuf says how they are written.
 */
#ifndef GITOPSD_TESTS_SANDBOX_PROTOBUF_TABLE_H
#define GITOPSD_TESTS_SANDBOX_PROTOBUF_TABLE_H

extern const char protobuf_table[];

#endif
