#include "server/service.h"

#include <time.h>

#include "server/op.h"

int64_t service_boottime_ms(const struct service *service)
{
	return service->source.boottime_ms(service->source.context);
}

void service_stamp(struct service *service, struct op *op)
{
	op->response.revision = atomic_load(&service->revision);
	op->response.time_ms = clock_now_ms(service->clock);
}

void service_set_revision(struct service *service, uint64_t revision)
{
	uint64_t known = atomic_load(&service->revision);

	while (revision > known &&
		!atomic_compare_exchange_weak(&service->revision, &known, revision)) {
	}
}

int service_init(struct service *service)
{
	pthread_condattr_t attributes;

	if (pthread_condattr_init(&attributes) != 0)
		return PP_ERR_NO_MEMORY;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	int rc = pthread_cond_init(&service->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (rc != 0)
		return PP_ERR_NO_MEMORY;
	pthread_mutex_init(&service->lock, NULL);
	blocks_init(&service->blocks, SERVICE_SPARE_BYTES_MAX);
	blocks_fill(&service->blocks, SERVICE_SPARE_BLOCKS);
	return 0;
}

void service_destroy(struct service *service)
{
	blocks_free(&service->blocks);
	pthread_mutex_destroy(&service->lock);
	pthread_cond_destroy(&service->changed);
}

void service_arrive(struct service *service)
{
	pthread_mutex_lock(&service->lock);
	service->n_drained++;
	pthread_cond_broadcast(&service->changed);
	pthread_mutex_unlock(&service->lock);
}

void service_await_stop(struct service *service)
{
	pthread_mutex_lock(&service->lock);
	while (!service->stop_asked)
		pthread_cond_wait(&service->changed, &service->lock);
	pthread_mutex_unlock(&service->lock);
}

bool service_await_drained(struct service *service, int64_t timeout_ms)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(timeout_ms / 1000);
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&service->lock);
	while (service->n_drained < service->n_loops && rc == 0) {
		if (timeout_ms < 0)
			rc = pthread_cond_wait(&service->changed, &service->lock);
		else
			rc = pthread_cond_timedwait(&service->changed, &service->lock, &until);
	}
	bool drained = service->n_drained == service->n_loops;
	pthread_mutex_unlock(&service->lock);
	return drained;
}
