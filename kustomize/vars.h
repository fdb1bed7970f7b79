/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/resmap.h"
struct vars{int x;};
static inline void vars_clear(struct vars *v){(void)v;}
static inline int vars_merge_field(struct vars *v,struct resmap*m,const json_t*f,struct error**e){(void)v;(void)m;(void)f;return error_set(e,ERROR_UNSUPPORTED,"vars is not supported");}
static inline int vars_merge(struct vars *v,struct vars*m,struct error**e){(void)v;(void)m;(void)e;return 0;}
static inline int vars_resolve(const struct vars *v,struct resmap*m,const struct field_config*c,struct error**e){(void)v;(void)m;(void)c;(void)e;return 0;}
