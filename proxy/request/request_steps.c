#include "proxy/request/request_steps.h"

#define MAY(step) (1u << STEP_##step)

const struct step_row step_rows[STEPS] = {
    [STEP_RECEIVE] = {"receive", step_receive, MAY(IDENTIFY) | MAY(REFUSE)},
    [STEP_IDENTIFY] = {"identify", step_identify, MAY(OPEN) | MAY(REFUSE)},
    [STEP_OPEN] = {"open", step_open, MAY(AWAIT) | MAY(DELIVER) | MAY(REFUSE)},
    [STEP_AWAIT] = {"await", step_await, MAY(OPEN) | MAY(DELIVER) | MAY(REFUSE)},
    [STEP_DELIVER] = {"deliver", step_deliver, MAY(REFUSE) | MAY(FINISH)},
    [STEP_REFUSE] = {"refuse", step_refuse, MAY(FINISH)},
    [STEP_FINISH] = {"finish", NULL, 0},
};
