// llama.cpp's own loop in C, to measure ours against: read a prompt, then decode and draw greedily.
//
//   native_loop MODEL THREADS CONTEXT BATCH PROMPT GRAMMAR
//
// GRAMMAR is a file of GBNF whose first rule is "root". Each line on stdin, "free N" or "bound N", writes N tokens
// without or within the grammar and answers with one line: the tokens written and the seconds from the first to the last.
// A file that cannot be loaded ends it with status 1.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggml-backend.h"
#include "llama.h"

static void quiet(enum ggml_log_level level, const char *text, void *data) {
    (void)level, (void)text, (void)data;
}

static char *contents(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, size + 1);
    if (text && fread(text, 1, size, file) != (size_t)size) text = NULL;
    fclose(file);
    return text;
}

int main(int count, char **given) {
    if (count != 7) return 2;
    llama_log_set(quiet, NULL);
    llama_backend_init();
    ggml_backend_load_all();
    struct llama_model *model = llama_model_load_from_file(given[1], llama_model_default_params());
    char *gbnf = contents(given[6]);
    if (!model || !gbnf) return 1;
    const struct llama_vocab *vocabulary = llama_model_get_vocab(model);

    struct llama_context_params sizes = llama_context_default_params();
    sizes.n_threads = sizes.n_threads_batch = atoi(given[2]);
    sizes.n_ctx = atoi(given[3]);
    sizes.n_batch = sizes.n_ubatch = atoi(given[4]);
    sizes.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    struct llama_context *context = llama_init_from_model(model, sizes);
    if (!context) return 1;

    llama_token prompt[512];
    int read = llama_tokenize(vocabulary, given[5], strlen(given[5]), prompt, 512, true, false);
    if (read <= 0) return 1;

    char way[16];
    int wanted;
    while (scanf("%15s %d", way, &wanted) == 2) {
        struct llama_sampler *chain = llama_sampler_chain_init(llama_sampler_chain_default_params());
        if (!strcmp(way, "bound"))
            llama_sampler_chain_add(chain, llama_sampler_init_grammar(vocabulary, gbnf, "root"));
        llama_sampler_chain_add(chain, llama_sampler_init_greedy());
        llama_memory_clear(llama_get_memory(context), true);
        if (llama_decode(context, llama_batch_get_one(prompt, read))) return 1;

        llama_token token = llama_sampler_sample(chain, context, -1);
        int64_t started = llama_time_us();
        int written = 1;
        while (written < wanted && !(!strcmp(way, "bound") && llama_vocab_is_eog(vocabulary, token))) {
            if (llama_decode(context, llama_batch_get_one(&token, 1))) return 1;
            token = llama_sampler_sample(chain, context, -1);
            written++;
        }
        printf("%d %.6f\n", written, (llama_time_us() - started) / 1e6);
        fflush(stdout);
        llama_sampler_free(chain);
    }
    llama_free(context);
    llama_model_free(model);
    return 0;
}
