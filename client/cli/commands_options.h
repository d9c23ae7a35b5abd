/* The options of every command, each list ending with a row without name. */
#ifndef CLIENT_CLI_COMMANDS_OPTIONS_H
#define CLIENT_CLI_COMMANDS_OPTIONS_H

#include "client/cli/args.h"

extern const struct arg_spec business_edit_options[];
extern const struct arg_spec business_list_options[];
extern const struct arg_spec business_options[];
extern const struct arg_spec create_options[];
extern const struct arg_spec credit_options[];
extern const struct arg_spec edit_options[];
extern const struct arg_spec list_options[];
extern const struct arg_spec page_options[];
extern const struct arg_spec purchase_options[];
extern const struct arg_spec purchase_show_options[];
extern const struct arg_spec refund_options[];
extern const struct arg_spec restore_options[];
extern const struct arg_spec sample_options[];
extern const struct arg_spec show_options[];
extern const struct arg_spec state_options[];
extern const struct arg_spec stock_options[];
extern const struct arg_spec verify_options[];

#endif
