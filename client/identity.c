#include "client/identity.h"

#include <string.h>

void identity_init(struct identity *identity)
{
	*identity = (struct identity) { .known = false };
	/* Neither of a mutex's errors can be with default attributes on Linux. */
	int err = pthread_mutex_init(&identity->lock, NULL);
	ASSERT(err == 0);
}

void identity_destroy(struct identity *identity)
{
	int err = pthread_mutex_destroy(&identity->lock);

	ASSERT(err == 0);
}

bool identity_accept(struct identity *identity, const struct pp_hello_response *hello)
{
	pthread_mutex_lock(&identity->lock);
	if (!identity->known) {
		identity->known = true;
		identity->store_id = hello->store_id;
		identity->incarnation = hello->incarnation;
	}
	bool same = memcmp(&identity->store_id, &hello->store_id, sizeof(hello->store_id)) == 0 &&
		    identity->incarnation == hello->incarnation;
	pthread_mutex_unlock(&identity->lock);
	return same;
}
